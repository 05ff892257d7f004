package container

import (
	"strconv"
	"strings"
	"time"

	"github.com/unitmon/unitmon/unit"
)

// seenUnit is what is known of a unit already: what goes beyond it is news. Time
// stamps and counters only grow within an invocation, so a state that is told
// twice, or late, is none.
type seenUnit struct {
	active, inactive, exit time.Time
	restarts               int
	lost                   string
	invocation             string // of the last run
}

// maxSeen bounds the units that are remembered.
const maxSeen = 8192

// fold makes events of states.
type fold struct {
	units map[string]seenUnit
	order []string // keys of units, the oldest first
	now   func() time.Time
}

func newFold(now func() time.Time) *fold { return &fold{units: map[string]seenUnit{}, now: now} }

// knows reports whether there was a state of the unit before.
func (f *fold) knows(name string) bool { _, ok := f.units[name]; return ok }

// update remembers the latest of what was seen.
func (f *fold) update(name string, old seenUnit, ch unit.Change) {
	if !f.knows(name) {
		f.order = append(f.order, name)
		if len(f.order) > maxSeen {
			delete(f.units, f.order[0])
			f.order = f.order[1:]
		}
	}
	s := ch.State
	now := seenUnit{
		active: latest(old.active, s.ActiveEnter), inactive: latest(old.inactive, s.InactiveEnter),
		exit: latest(old.exit, ch.ExecMainExit), restarts: s.NRestarts, lost: losses(s.StatusText),
		invocation: s.InvocationID,
	}
	if s.InvocationID == "" {
		now.invocation = old.invocation
	}
	f.units[name] = now
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// events are what is new in a state, in the order in which it happened.
func (f *fold) events(ch unit.Change) []Event {
	s := ch.State
	role, name, session := roleOf(s.Name)
	if role == roleNone || ch.Gone {
		return nil // a unit that goes has told its end before
	}
	old, known := f.units[s.Name]
	if !known {
		old.restarts = s.NRestarts // since when, nobody knows
	}
	f.update(s.Name, old, ch)
	n := news{ch: ch, old: old, now: f.now(), base: Event{Name: name, Unit: s.Name, Session: session, Invocation: s.InvocationID}}
	switch role {
	case roleContainer:
		return n.container()
	case roleRelay:
		return n.relay()
	case rolePause:
		return n.comeAndGo(EventPause, EventResume)
	default:
		return n.comeAndGo(EventExecStart, EventExecExit)
	}
}

// news is one state against what was known.
type news struct {
	ch   unit.Change
	old  seenUnit
	now  time.Time
	base Event
}

func (n *news) event(t EventType, at time.Time) Event {
	e := n.base
	e.Type, e.Time = t, at
	if e.Invocation == "" {
		e.Invocation = n.old.invocation
	}
	return e
}

func (n *news) container() (list []Event) {
	s := n.ch.State
	list = n.restart(EventRestart)
	if s.ActiveEnter.After(n.old.active) {
		e := n.event(EventStart, s.ActiveEnter)
		e.PID = s.ExecMainPID
		list = append(list, e)
	}
	if n.ch.ExecMainExit.After(n.old.exit) {
		list = append(list, n.exit(EventExit))
	}
	return list
}

// restart is a restart by the manager. It belongs to the run that ended, as the
// manager's journal entry does.
func (n *news) restart(t EventType) []Event {
	count := n.ch.State.NRestarts
	if count <= n.old.restarts {
		return nil
	}
	e := n.event(t, n.now)
	e.Count = count
	if n.old.invocation != "" {
		e.Invocation = n.old.invocation
	}
	return []Event{e}
}

// exit is the end of the main process.
func (n *news) exit(t EventType) Event {
	s := n.ch.State
	e := n.event(t, n.ch.ExecMainExit)
	e.PID, e.Result = s.ExecMainPID, s.Result
	e.ended(s.ExecMainCode, s.ExecMainStatus)
	if text, failed := strings.CutPrefix(s.StatusText, launchFailed); failed {
		e.Message = text
	} else if text, failed := strings.CutPrefix(s.StatusText, beginFailed); failed {
		e.Message = text
	}
	return e
}

func (n *news) relay() (list []Event) {
	s := n.ch.State
	if n.ch.ExecMainExit.After(n.old.exit) && s.Result != "success" {
		list = append(list, n.exit(EventRelayFailed))
	}
	list = append(list, n.restart(EventRelayRestart)...)
	if lost := losses(s.StatusText); lost != "" && lost != n.old.lost {
		e := n.event(EventLost, n.now)
		e.Message = lost
		list = append(list, e)
	}
	return list
}

// comeAndGo is for units that are active between two events.
func (n *news) comeAndGo(come, gone EventType) (list []Event) {
	s := n.ch.State
	if s.ActiveEnter.After(n.old.active) {
		e := n.event(come, s.ActiveEnter)
		e.PID = s.ExecMainPID
		list = append(list, e)
	}
	if s.InactiveEnter.After(n.old.inactive) && !s.ActiveEnter.IsZero() {
		e := n.event(gone, s.InactiveEnter)
		if gone == EventExecExit && !n.ch.ExecMainExit.IsZero() {
			exit := n.exit(gone)
			exit.Time = e.Time
			e = exit
		}
		list = append(list, e)
	}
	return list
}

// losses is what a relay's status says of lines that a log did not take.
func losses(status string) string {
	var lost []string
	for part := range strings.SplitSeq(status, "; ") {
		count, ok := strings.CutPrefix(part, "lines lost by ")
		if !ok {
			continue
		}
		if _, n, ok := strings.Cut(count, ": "); ok {
			if _, err := strconv.ParseUint(n, 10, 64); err == nil {
				lost = append(lost, part)
			}
		}
	}
	return strings.Join(lost, "; ")
}
