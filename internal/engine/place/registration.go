package place

import (
	"errors"
	"fmt"
	"path"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
)

// maxTurns bounds how often a monitor tries to start or join a scope that others
// start and leave at the same time. Each turn but the first means that one of
// them came first.
const maxTurns = 16

// step is what the last call was for.
type step int

const (
	toStart step = iota
	toJoin
	toKnow // whether the scope, which could not be joined, is active
	toWait // no call, but a signal
)

// registration is the conversation: start a scope and wait for its job. If there
// is one of that name, join it. One that is not active is either about to start
// or about to go; a signal tells which, and then it is joined or started.
type registration struct {
	Registration
	unit   string
	sender string // the manager, by the name that the bus gave it
	turns  int

	step step
	job  jobWait // of the last start
	call uint32  // the serial number of the last call that was for something else
	told bool    // the manager tells of units that go
}

func (g *registration) begin(c *bus.Conn) {
	c.Match(matchJob(g.unit))
	g.told = false
	g.start(c)
}

// start queues the call that starts the scope.
func (g *registration) start(c *bus.Conn) {
	call := startUnit(g.unit, func(p propertyList) {
		p.text("Description", clean(g.Description))
		p.text("Slice", g.Slice)
		p.text("CollectMode", "inactive-or-failed")
		p.flag("Delegate", true)
		p.flag("DefaultDependencies", false)
		p.Property("PIDs", "au", func() { p.Array(4, func() { p.Uint32(0) }) })
	})
	g.step, g.job = toStart, jobWait{call: c.Call(call)}
	g.turns++
}

// join queues AttachProcessesToUnit(name, subgroup, pids), which needs no file
// of the cgroup hierarchy and for which a user's manager asks PID 1 if it has
// to.
func (g *registration) join(c *bus.Conn) {
	if !g.told { // before the call, so that nothing is missed after its answer
		c.Match(matchGone(g.unit))
		subscription := manager(subscribe, "")
		subscription.NoReply = true
		c.Call(subscription)
		g.told = true
	}
	call := manager(attachProcessesToUnit, "ssau")
	call.Args.String(g.unit)
	call.Args.String("")
	call.Args.Array(4, func() { call.Args.Uint32(0) })
	g.call, g.step = c.Call(call), toJoin
	g.turns++
}

// ask queues Get(interface, property) for the scope's ActiveState.
func (g *registration) ask(c *bus.Conn) {
	call := manager(get, "ss")
	call.Path, call.Interface = unitPath(g.unit), properties
	call.Args.String(unitInterface)
	call.Args.String(activeState)
	g.call, g.step = c.Call(call), toKnow
}

func (g *registration) hear(c *bus.Conn, m bus.Message) (bool, error) {
	switch {
	case g.step == toStart:
		done, err := g.job.hear(m)
		if err != nil {
			return false, g.failed(c, err)
		}
		if done {
			err = g.arrived()
		}
		return done, err
	case m.Type == bus.TypeSignal:
		g.signal(c, m)
		return false, nil
	case m.ReplySerial != g.call || g.step == toWait:
		return false, nil
	}
	g.sender = m.Sender
	if err := m.Err(); err != nil {
		return false, g.failed(c, err)
	}
	if g.step == toJoin {
		return true, g.arrived()
	}
	state, err := m.Strings()
	if err != nil || len(state) != 1 {
		return false, fmt.Errorf("%s of %s: %w", activeState, g.unit, bus.ErrMalformed)
	}
	g.known(c, state[0])
	return false, nil
}

// failed does what is left to do after an error.
func (g *registration) failed(c *bus.Conn, err error) error {
	var e *bus.Error
	if !errors.As(err, &e) || g.turns >= maxTurns {
		return err
	}
	switch {
	case g.step == toStart && e.Name == errUnitExists:
		g.join(c)
	case g.step == toJoin && e.Name == errNoSuchUnit:
		g.start(c)
	case g.step == toJoin && e.Name == errInvalidArgs: // for a scope that is not active, and for other reasons
		g.ask(c)
	default:
		return err
	}
	return nil
}

// known takes the state of a scope that refused. One that is active may have
// become so meanwhile, and is asked again.
func (g *registration) known(c *bus.Conn, state string) {
	if state == "inactive" || state == "failed" {
		g.step = toWait
	} else {
		g.join(c)
	}
}

// signal ends the wait for a scope that is not active: it has been started, or
// is gone. Only the manager's signals count: anybody on a bus can send some.
func (g *registration) signal(c *bus.Conn, m bus.Message) {
	if g.step != toWait || m.Sender != g.sender || m.Interface != managerInterface {
		return
	}
	args, err := m.Strings()
	switch {
	case err != nil:
	case m.Member == jobRemoved && len(args) == 3 && args[1] == g.unit: // job, unit, result
		g.join(c)
	case m.Member == unitRemoved && len(args) == 2 && args[0] == g.unit: // unit, path
		g.start(c)
	}
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
