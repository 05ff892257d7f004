package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// Container is one container of an OCI runtime. Its methods may be called from
// several goroutines. Their errors name the container.
type Container struct {
	machine
	runtime *oci.Runtime
	id      string

	turn chan struct{} // has one element while nothing changes the state
	ctx  context.Context
	stop context.CancelFunc
	busy sync.WaitGroup // watchers

	pmu       sync.Mutex
	processes map[string]*Process
}

// New is a container that does not exist yet: it is deleted, until Create or
// Restore. name is what errors call it. The caller must close it.
func New(r *oci.Runtime, id, name string) *Container {
	c := &Container{runtime: r, id: id, turn: make(chan struct{}, 1), processes: map[string]*Process{}}
	c.turn <- struct{}{}
	c.name, c.hub, c.state = name, new(hub), Deleted
	// Before its first life how it ended is asked of nobody.
	c.life = newLife()
	c.life.exit = exitUnknown(errGoneBefore)
	close(c.life.done)
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// Open is the container id of a runtime, in the state that the runtime tells. The
// error wraps oci.ErrNotExist if there is none. Errors call it by its id; see
// OpenNamed. The caller must close it.
func Open(ctx context.Context, r *oci.Runtime, id string) (*Container, error) {
	return OpenNamed(ctx, r, id, id)
}

// OpenNamed is Open for a container that people know by another name.
func OpenNamed(ctx context.Context, r *oci.Runtime, id, name string) (*Container, error) {
	c := New(r, id, name)
	s, pid, err := c.ask(ctx)
	if err == nil {
		err = c.adopt(s, pid)
	}
	if err != nil {
		return nil, errors.Join(c.wrap(err), c.Close())
	}
	return c, nil
}

// ID is the runtime's name of the container.
func (c *Container) ID() string { return c.id }

// Close stops looking at the container, which itself goes on. Waits end with an
// exit that is not known, also those for processes that were executed here: the
// runtime that is their parent is killed.
func (c *Container) Close() error {
	c.stop()
	c.busy.Wait()
	return nil
}

// ask is the state by the runtime.
func (c *Container) ask(ctx context.Context) (State, int, error) {
	s, err := c.runtime.State(ctx, c.id)
	if err != nil {
		return "", 0, err
	}
	state, ok := stateOf(s.Status)
	if !ok {
		return "", 0, fmt.Errorf("%s says it is %q", c.runtime.Name, s.Status)
	}
	return state, s.Pid, nil
}

// adopt takes over a container that is there, and watches its process.
func (c *Container) adopt(s State, pid int) error {
	if s == Stopped {
		c.set(Stopped)
		return nil
	}
	p, err := sys.OpenPidfd(pid)
	if sys.IsErrno(err, sys.ESRCH) {
		c.set(Stopped) // just now, and reaped
		return nil
	}
	if err != nil {
		return err
	}
	c.set(s)
	c.watch(&c.machine, p, pid)
	return nil
}

// watch begins a life of m's, which ends with the process of p, and owns p.
func (c *Container) watch(m *machine, p *sys.Pidfd, pid int) {
	l := m.begin()
	c.busy.Go(func() {
		defer func() { _ = p.Close() }()
		if err := p.WaitExit(c.ctx); err != nil {
			m.release(l, exitUnknown(err))
			return
		}
		m.ended(l, exitOf(c.ctx, p, pid))
	})
}

// release ends a wait without a word about the process.
func (m *machine) release(l *life, e Exit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.exit = e
	close(l.done)
}

// wrap names the container in an error, unless it does so itself.
func (c *Container) wrap(err error) error {
	var n *NotAllowed
	if err == nil || errors.As(err, &n) {
		return err
	}
	return fmt.Errorf("container %s: %w", c.name, err)
}

// change runs an operation that leads to another state: one at a time.
func (c *Container) change(ctx context.Context, op Op, do func() error) error {
	select {
	case <-c.turn:
	case <-ctx.Done():
		return c.wrap(fmt.Errorf("%s: %w", op, context.Cause(ctx)))
	}
	defer func() { c.turn <- struct{}{} }()
	if err := c.call(op, do); err != nil {
		return err
	}
	c.apply(op)
	return nil
}

// call runs an operation that does not change the state.
func (c *Container) call(op Op, do func() error) error {
	if err := c.check(op); err != nil {
		return err
	}
	err := do()
	if err != nil && c.State() == Stopped && !errors.Is(err, oci.ErrNotRunning) {
		err = fmt.Errorf("%w: %w", oci.ErrNotRunning, err) // it ended meanwhile
	}
	return c.wrap(err)
}
