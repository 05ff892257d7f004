package place

import (
	"errors"
	"fmt"
	"path"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
)

// Registration is what a scope is made of.
type Registration struct {
	ID          string // the container's, which gives the scope its name; see ScopeName
	Description string // see Status
	Slice       string // with its suffix; empty is Manager.Slice
}

// Register puts the calling process into a scope of its own, or into that of
// its container if there is one already, as of an exec session, and returns when
// it is there: Begin and Wait, for at most Patience. On an error the process is
// where it was, unless it wraps ErrTimeout: then the manager may move it later.
func (m Manager) Register(s Registration) error {
	r, err := m.Begin(s)
	if err != nil {
		return err
	}
	return errors.Join(r.Wait(Patience), r.Close())
}

// Begin is Register that does not wait, so that the manager can work while the
// caller does something else. Children that are started before it is done may
// stay outside of the scope.
//
// The properties are those of podman's scopes, so that the manager treats them
// the same at a shutdown: no default dependencies, the signals of the defaults
// (SIGTERM, which the monitor forwards to the container), a slice for machines;
// and CollectMode=inactive-or-failed, as a scope that failed would keep its
// name.
//
// The process is not named by number or pidfd, but as "who asks" (PIDs= with
// 0): the manager finds it by the credentials of the connection. That is right
// in a pid namespace too, where our number is another process's outside, it
// needs no question about the manager's version, and the process cannot be
// taken over by another one as it is there, waiting.
func (m Manager) Begin(s Registration) (*Request, error) {
	name, err := ScopeName(s.ID)
	if err != nil {
		return nil, err
	}
	if s.Slice == "" {
		s.Slice = m.Slice()
	}
	return m.ask("register as "+name, &registration{Registration: s, unit: name})
}

// maxTurns bounds how often a scope is met that then is gone.
const maxTurns = 3

// registration is the conversation: start a scope, wait for its job; if there
// is one of that name, join it; if that has gone meanwhile, start it again.
type registration struct {
	Registration
	unit    string
	call    uint32 // the serial number of the call that is not answered yet
	joining bool
	turns   int
	job     string // D-Bus path; empty before it is known
	sender  string // the manager, by the name that the bus gave it
}

func (g *registration) begin(c *bus.Conn) {
	c.Match(matchJob(g.unit))
	g.start(c)
}

// start queues StartTransientUnit(name, mode, properties, aux).
func (g *registration) start(c *bus.Conn) {
	call := manager(startTransientUnit, "ssa(sv)a(sa(sv))")
	a := &call.Args
	a.String(g.unit)
	a.String("fail")
	a.Array(8, func() {
		text := func(name, value string) { a.Property(name, "s", func() { a.String(value) }) }
		flag := func(name string, value bool) { a.Property(name, "b", func() { a.Bool(value) }) }
		text("Description", clean(g.Description))
		text("Slice", g.Slice)
		text("CollectMode", "inactive-or-failed")
		flag("Delegate", true)
		flag("DefaultDependencies", false)
		a.Property("PIDs", "au", func() { a.Array(4, func() { a.Uint32(0) }) })
	})
	a.Array(8, func() {})
	g.call, g.job, g.joining = c.Call(call), "", false
	g.turns++
}

// join queues AttachProcessesToUnit(name, subgroup, pids), which needs no file
// of the cgroup hierarchy and for which a user's manager asks PID 1 if it has
// to.
func (g *registration) join(c *bus.Conn) {
	call := manager(attachProcessesToUnit, "ssau")
	call.Args.String(g.unit)
	call.Args.String("")
	call.Args.Array(4, func() { call.Args.Uint32(0) })
	g.call, g.joining = c.Call(call), true
}

func (g *registration) hear(c *bus.Conn, m bus.Message) (bool, error) {
	switch {
	case m.Type == bus.TypeSignal:
		return g.signal(m)
	case m.ReplySerial != g.call:
		return false, nil
	case m.Type == bus.TypeError:
		return false, g.refused(c, m.Err())
	case g.joining:
		return true, g.arrived()
	}
	args, err := m.Strings()
	if err != nil || len(args) != 1 {
		return false, fmt.Errorf("answer to %s: %w", startTransientUnit, bus.ErrMalformed)
	}
	g.job, g.sender = args[0], m.Sender
	return false, nil
}

// refused does what is left to do after an error.
func (g *registration) refused(c *bus.Conn, err error) error {
	var e *bus.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Name {
	case errUnitExists:
		g.join(c)
		return nil
	case errNoSuchUnit, errUnitInactive:
		if g.joining && g.turns < maxTurns {
			g.start(c)
			return nil
		}
	}
	return err
}

// signal waits for the end of the job. Anybody on a bus can send signals; these
// count if they are the manager's.
func (g *registration) signal(m bus.Message) (bool, error) {
	if m.Member != jobRemoved || g.job == "" || m.Sender != g.sender {
		return false, nil
	}
	args, err := m.Strings() // job, unit, result
	switch {
	case err != nil || len(args) != 3:
		return false, fmt.Errorf("signal %s: %w", jobRemoved, bus.ErrMalformed)
	case args[0] != g.job:
		return false, nil
	case args[2] != "done":
		return false, fmt.Errorf("the job's result is %s", args[2])
	}
	return true, g.arrived()
}

// arrived checks what the manager says by what the kernel says.
func (g *registration) arrived() error {
	p, err := Find(0)
	if err != nil {
		return err
	}
	if path.Base(p.Cgroup) != g.unit {
		return fmt.Errorf("the manager has done it, but the control group is %s", p.Cgroup)
	}
	return nil
}
