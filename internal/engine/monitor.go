package engine

import (
	"errors"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/engine/cli"
	"github.com/unitmon/unitmon/internal/engine/oom"
	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/internal/engine/sdproxy"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
)

// monitor is the process that stays.
type monitor struct {
	opts *cli.Options
	diag *cli.Diag
	env  []string // for the runtime and the exit command
	// score is what /proc/self/oom_score_adj said at first, "" if nothing.
	score string

	loop  *loop.Loop
	poll  *sys.Poll
	calls []func() error // what a tag of poll stands for

	sync, attachPipe, start *wire.Pipe
	inherited               []int      // the engine's descriptors, held for the container
	held                    []sys.Held // the same, of a service

	unit    unit
	service *service    // what a monitor has that is one, or nil
	store   setup.Store // of a service
	life    *table
	state   state
	runtime process
	child   process // the container's init, or the session's process
	gone    exits   // of processes that are not known yet
	console *console
	socket  *socket
	ctl     *wire.Ctl
	proxy   *sdproxy.Proxy
	oom     *oom.Watcher
	timeout *sys.Timer
	late    *sys.Timer
	std     [3]int // the runtime's stdin, stdout and stderr
	size    wire.Command
	caught  chan os.Signal
	signals int // a pipe of signals' numbers, 0 without
	asked   int // the signal of the event of that name
	stdin   int // the end of stdin that is written, -1 without
	// forwardTo hands signals on to where they mean something, if not to the
	// container.
	forwardTo func(signal int) error

	code     int    // the container's exit code, or -1
	text     string // what is said of it, for engines
	failed   bool   // the monitor's own exit code is 1
	timedOut bool
	killed   int  // the process group that was killed for that, 0: none
	began    bool // the runtime was started: the exit command is due
}

// Watch is the monitor, from its start to its end. It returns its exit code.
// environ is that of the process, inherited are the descriptors that it was
// started with. The caller has locked its thread: what it starts dies with that,
// and has its timer slack.
func Watch(o *cli.Options, diag *cli.Diag, environ []string, inherited []int) int {
	wake()
	m := &monitor{life: life(), opts: o, diag: diag, env: fromEngine(environ), inherited: inherited}
	if m.look().Kind == place.Service {
		code, err := m.keep()
		if err == nil {
			return code
		}
		m.unit.where = place.Decision{Kind: place.Stay}
		m.unit.refused = "container " + o.CID + ": not a service: " + err.Error()
	}
	if err := m.watch(); err != nil {
		m.broken(err)
	}
	return m.end()
}

// broken is for a monitor that cannot go on. As long as the engine waits for a
// container it is told why there is none.
func (m *monitor) broken(err error) {
	m.failed = true
	m.diag.Error(err.Error())
	if m.sync == nil {
		_ = m.setPipes() // it was not their turn yet
	}
	if m.state < running {
		m.say(-1, err.Error())
	}
	if err := m.sync.Close(); err != nil {
		m.diag.Warn(err.Error())
	}
}

// watch is Watch up to where nothing is left but the exit command.
func (m *monitor) watch() error {
	for _, step := range []func() error{
		m.setPoll,
		m.setProxy, // while the engine's stderr is there: it may be what fails
		m.setProcess,
		m.setPipes,
		m.setLoop,
		m.setUnit,
		m.setSources,
		func() error { return setup.Init(m.loop) },
		m.begin,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return m.run()
}

// run is the monitor's life: every turn handles what the loop returned for.
func (m *monitor) run() error {
	var tags []int
	for m.state != done {
		switch why := m.loop.Run(); why {
		case loop.Called:
			ready, err := m.poll.Ready(tags[:0])
			if err != nil {
				return err
			}
			tags = ready
			for _, tag := range ready {
				if err := m.call(tag); err != nil {
					m.diag.Warn(err.Error())
				}
			}
		case loop.Drained:
			m.happen(drained)
		case loop.Stopped:
			m.happen(released)
		case loop.Changed:
			m.describe()
		default:
			return fmt.Errorf("loop ended with %d", why)
		}
	}
	return nil
}

// add has f called whenever fd is readable.
func (m *monitor) add(fd int, f func() error) error { return m.poll.Add(fd, m.tag(f)) }

// tag is a new tag that stands for f.
func (m *monitor) tag(f func() error) int {
	m.calls = append(m.calls, f)
	return len(m.calls) - 1
}

// call handles one source. One that was given up earlier in the same turn has
// none any more.
func (m *monitor) call(tag int) error { return m.calls[tag]() }

func (m *monitor) setPoll() (err error) {
	m.poll, err = sys.NewPoll()
	return err
}

// setProcess makes this process the one that stays, and the parent of what the
// runtime leaves.
func (m *monitor) setProcess() error {
	sys.Umask(0o022)
	if err := m.detach(); err != nil {
		return err
	}
	return sys.SetSubreaper(true)
}

// detach lets go of the engine: a session of its own, and nothing of the engine's
// stdio, whose end somebody may wait for.
func (m *monitor) detach() error {
	m.protect()
	if err := sys.SetName(Name); err != nil {
		return err
	}
	if !m.opts.Log.Passthrough {
		if err := sys.SilenceStdio(); err != nil {
			return err
		}
	}
	_ = sys.Setsid() // with --sync it may be a group's leader, and stays what it is
	return nil
}

// setPipes takes the engine's pipes, and what else it holds for the container.
func (m *monitor) setPipes() (err error) {
	if m.service != nil {
		return m.setHeld()
	}
	if m.sync, err = wire.TakePipe(wire.SyncPipe, os.Getenv(wire.SyncPipe)); err != nil {
		return err
	}
	if m.opts.ExecAttach {
		if m.attachPipe, err = wire.TakePipe(wire.AttachPipe, os.Getenv(wire.AttachPipe)); err != nil {
			return err
		}
		if m.attachPipe == nil {
			return errors.New("--attach specified but _OCI_ATTACHPIPE was not")
		}
		if m.start, err = wire.TakePipe(wire.StartPipe, os.Getenv(wire.StartPipe)); err != nil {
			return err
		}
	}
	kept := m.inherited[:0]
	for _, fd := range m.inherited {
		if fd != m.sync.FD() && fd != m.attachPipe.FD() && fd != m.start.FD() {
			kept = append(kept, fd)
		}
	}
	m.inherited = kept
	return nil
}

// begin tells the engine that it can attach, or starts the runtime.
func (m *monitor) begin() error {
	if m.stdin > 0 && !m.loop.Input(m.stdin, false) {
		return errors.New("the container's stdin cannot be used")
	}
	if m.service != nil {
		return m.again()
	}
	if m.attachPipe == nil {
		m.create()
		return nil
	}
	if err := m.attachPipe.Send(m.message(0, "")); err != nil {
		return err
	}
	if m.start == nil {
		m.create()
		return nil
	}
	m.state = waiting
	return m.add(m.start.FD(), func() error {
		if m.state != waiting {
			return nil
		}
		err := errors.Join(m.start.Wait(), m.poll.Remove(m.start.FD()), m.start.Close())
		m.happen(told)
		return err
	})
}

// giveUp ends a monitor that waits for its start. To the engine it is a runtime
// that a signal has ended.
func (m *monitor) giveUp() {
	m.began = true
	m.fail("")
}
