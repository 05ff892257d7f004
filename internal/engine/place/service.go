package place

import (
	"fmt"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
	"github.com/unitmon/unitmon/internal/loop"
)

// ServiceUnit is a monitor that is to be a transient service.
type ServiceUnit struct {
	Name        string // with its suffix
	Description string
	Argv        []string // of which the first is also the program's path
	Env         []string
}

// watchdog is how long a monitor may say nothing before the manager replaces it,
// in microseconds.
const watchdog = 30_000_000

// StartService starts a service. It is done when the service has said that it is
// ready, or has failed to.
//
// It is started again when a signal has ended it, not when it has ended by
// itself: its exit code is the container's. What it has started is not killed
// with it, as an exit command may be what starts the container's successor.
func (m Manager) StartService(s ServiceUnit) (*Request, error) {
	return m.ask("start "+s.Name, &starting{ServiceUnit: s})
}

// starting is the conversation: start a unit, wait for its job.
type starting struct {
	ServiceUnit
	job jobWait
}

func (g *starting) begin(c *bus.Conn) {
	c.Match(matchJob(g.Name))
	g.job = jobWait{call: c.Call(startUnit(g.Name, g.properties))}
}

func (g *starting) properties(p propertyList) {
	p.text("Description", clean(g.Description))
	p.text("Slice", "machine.slice")
	p.text("Type", "notify")
	p.text("NotifyAccess", "main")
	p.text("CollectMode", "inactive-or-failed")
	p.text("KillMode", "process")
	p.text("Restart", "on-abnormal")
	p.text("StandardOutput", "null")
	p.text("StandardError", "journal")
	p.flag("DefaultDependencies", false)
	p.number("RestartUSec", 20_000)
	p.number("StartLimitIntervalUSec", 0)
	p.number("WatchdogUSec", watchdog)
	p.number("LogRateLimitIntervalUSec", 1) // none: 0 is the manager's default
	p.Property("FileDescriptorStoreMax", "u", func() { p.Uint32(loop.StoreMax + heldMax) })
	p.Property("OOMScoreAdjust", "i", func() { p.Uint32(1<<32 - 1000) })
	p.Property("Environment", "as", func() {
		p.Array(4, func() {
			for _, v := range g.Env {
				p.String(v)
			}
		})
	})
	p.Property("ExecStart", "a(sasb)", func() {
		p.Array(8, func() {
			p.Struct()
			p.String(g.Argv[0])
			p.Array(4, func() {
				for _, v := range g.Argv {
					p.String(v)
				}
			})
			p.Bool(false)
		})
	})
}

// heldMax is how many descriptors of the engine's a service keeps in its store,
// beside its own.
const heldMax = 200

func (g *starting) hear(_ *bus.Conn, m bus.Message) (bool, error) { return g.job.hear(m) }

// jobWait waits for the answer to a call that starts a job, and for its end.
type jobWait struct {
	call   uint32
	job    string // D-Bus path; empty before it is known
	sender string // the manager, by the name that the bus gave it
}

func (w *jobWait) hear(m bus.Message) (bool, error) {
	switch {
	case m.Type == bus.TypeSignal:
		return w.signal(m)
	case m.ReplySerial != w.call:
		return false, nil
	case m.Type == bus.TypeError:
		return false, m.Err()
	}
	args, err := m.Strings()
	if err != nil || len(args) != 1 {
		return false, fmt.Errorf("answer to %s: %w", startTransientUnit, bus.ErrMalformed)
	}
	w.job, w.sender = args[0], m.Sender
	return false, nil
}

// signal reports whether a signal of the manager's says that the job is done.
func (w *jobWait) signal(m bus.Message) (bool, error) {
	if m.Member != jobRemoved || w.job == "" || m.Sender != w.sender {
		return false, nil
	}
	args, err := m.Strings() // job, unit, result
	switch {
	case err != nil || len(args) != 3:
		return false, fmt.Errorf("signal %s: %w", jobRemoved, bus.ErrMalformed)
	case args[0] != w.job:
		return false, nil
	case args[2] != "done":
		return false, fmt.Errorf("the job's result is %s", args[2])
	}
	return true, nil
}

// Escape writes a text as part of a unit's name.
func Escape(text string) string {
	return strings.TrimSuffix(strings.TrimPrefix(scopeName(text), scopePrefix), ".scope")
}
