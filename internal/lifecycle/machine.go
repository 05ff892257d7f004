package lifecycle

import (
	"context"
	"sync"
)

// machine owns the state of a container or of a process in one. Its methods
// never wait for more than each other.
type machine struct {
	name    string
	process string // id of the process; empty for a container
	hub     *hub

	mu    sync.Mutex
	state State
	life  *life
}

// life is the time from a process's start to its end. A container that is
// restored begins another.
type life struct {
	exit Exit
	done chan struct{} // closed when exit is there
}

func newLife() *life { return &life{done: make(chan struct{})} }

func (m *machine) table() []row {
	if m.process != "" {
		return processTable()
	}
	return containerTable()
}

// State is the state as far as it is known here: what others do with the same
// container is seen by Status only, its end at once.
func (m *machine) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// check is nil if op is allowed now.
func (m *machine) check(op Op) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if next(m.table(), m.state, op) != no {
		return nil
	}
	e := &NotAllowed{Name: m.name, State: m.state, Op: op}
	if m.process != "" {
		e.Name, e.Process = m.process, true
	}
	return e
}

// apply notes that op has succeeded. What has ended meanwhile stays so.
func (m *machine) apply(op Op) {
	m.mu.Lock()
	defer m.mu.Unlock()
	to := next(m.table(), m.state, op)
	if to == no || to == m.state {
		return
	}
	m.state = to
	m.hub.publish(Event{Op: op, State: to, Process: m.process})
}

// set corrects the state by what the runtime says.
func (m *machine) set(s State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = s
}

// begin begins a new life.
func (m *machine) begin() *life {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.life = newLife()
	return m.life
}

func (m *machine) current() *life {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.life
}

// exitEffect is one of the things that happen when a process has ended.
type exitEffect struct {
	name string
	do   func(m *machine, l *life, e Exit)
}

// exitEffects are they, in their order: who is woken finds the exit, the state
// and the event there.
func exitEffects() []exitEffect {
	return []exitEffect{
		{"record", func(_ *machine, l *life, e Exit) { l.exit = e }},
		{"state", func(m *machine, _ *life, _ Exit) { m.state = next(m.table(), m.state, opExit) }},
		{"publish", func(m *machine, _ *life, e Exit) {
			m.hub.publish(Event{Op: opExit, State: m.state, Process: m.process, Exit: &e})
		}},
		{"release", func(_ *machine, l *life, _ Exit) { close(l.done) }},
	}
}

// ExitEffects are the names of what happens, in order, when a process has ended.
func ExitEffects() []string {
	var names []string
	for _, e := range exitEffects() {
		names = append(names, e.name)
	}
	return names
}

// ended notes the end of a life. The first word counts, and a life that another
// has followed does not change the state.
func (m *machine) ended(l *life, e Exit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-l.done:
		return
	default:
	}
	for _, effect := range exitEffects() {
		if l != m.life && effect.name != "record" && effect.name != "release" {
			continue
		}
		effect.do(m, l, e)
	}
}

// wait waits for the end of the current life.
func (m *machine) wait(ctx context.Context) (Exit, error) {
	l := m.current()
	select {
	case <-l.done:
		return l.exit, nil
	default:
	}
	select {
	case <-l.done:
		return l.exit, nil
	case <-ctx.Done():
		return Exit{}, context.Cause(ctx)
	}
}
