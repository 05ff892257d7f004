package engine

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// unit is what the monitor is in the manager's eyes.
type unit struct {
	manager place.Manager
	where   place.Decision
	moving  *place.Request // to a scope of its own
	telling *place.Request // the scope's description
	again   bool           // it has changed since
	answer  int            // the tag of the manager's answer + 1
	refused string         // why it is not what was asked for
	// unanswered is the service's end of a link that was given up, open until the
	// process ends.
	unanswered *os.File
}

// look finds out where the monitor is and what to do about it. What does not
// work out only costs what the unit would give.
func (m *monitor) look() place.Decision {
	here, err := place.Find(0)
	if err != nil {
		m.diag.Info(err.Error())
		return place.Decision{Kind: place.Plain, Why: err.Error()}
	}
	m.unit.manager = place.ManagerOf(os.Getenv)
	mode := place.Mode(m.opts.Unit)
	if m.opts.Exec && mode == place.ServiceAlways {
		mode = place.Auto // a session is as long as its process, which is in another unit
	}
	d := place.Decide(mode, here, place.Look(m.opts.CID, m.unit.manager, m.opts.Log.Passthrough))
	if len(d.Refused) > 0 {
		m.unit.refused = fmt.Sprintf("container %s: not a %s: %s", m.opts.CID, mode, d.Sentence())
	}
	m.unit.where = d
	return d
}

// setUnit makes the monitor a unit where the engine has made none. The manager
// works at it while the rest is set up.
func (m *monitor) setUnit() error {
	if why := m.unit.refused; why != "" {
		m.loop.Say([]byte(why))
	}
	if m.unit.where.Kind != place.Scope {
		return nil
	}
	r, err := m.unit.manager.Begin(place.Registration{ID: m.opts.CID, Description: m.status("creating").String()})
	if err != nil {
		m.diag.Info(err.Error())
		return nil
	}
	m.unit.moving = r
	return nil
}

// arrive waits until the manager has moved the monitor: what the runtime starts
// is to be where the monitor is.
func (m *monitor) arrive() {
	u := &m.unit
	if u.moving == nil {
		return
	}
	err := u.moving.Wait(place.Patience)
	if err = errors.Join(err, u.moving.Close()); err != nil {
		m.diag.Info(err.Error())
	} else if scope, err := place.ScopeName(m.opts.CID); err == nil {
		u.where.Describe = scope
	}
	u.moving = nil
}

// status is what is told of the monitor.
func (m *monitor) status(state string) place.Status {
	o, s := m.opts, place.Status{Name: m.opts.Name, ID: m.opts.CID, State: state, PID: m.child.pid}
	switch {
	case o.Log.Passthrough:
		s.LogDriver = "passthrough"
	case o.Log.Journal && o.Log.File != "":
		s.LogDriver = "journald and k8s-file"
	case o.Log.Journal:
		s.LogDriver = "journald"
	case o.Log.File != "":
		s.LogDriver = "k8s-file"
	default:
		s.LogDriver = "none"
	}
	if m.loop != nil {
		n := m.loop.Stats()
		s.Lost = n.LostJournal + n.LostFiles[0]
	}
	return s
}

// describeAfter is how long a container runs before its scope says so. Many have
// ended by then, and a description takes more of the manager's and the bus's time
// than all else that a monitor does for one that ends at once; while they are at
// it, the exit waits.
const describeAfter = 200 * time.Millisecond

// describeSoon has describe called in a moment. A service tells at once: that is
// one datagram.
func (m *monitor) describeSoon() {
	if m.service != nil || m.opts.Exec || m.unit.where.Describe == "" {
		m.describe()
		return
	}
	t, err := sys.NewTimer()
	if err == nil {
		err = errors.Join(t.Set(describeAfter), m.add(t.FD(), func() error {
			m.describe()
			return t.Close()
		}))
	}
	if err != nil {
		m.diag.Warn(err.Error())
	}
}

// describe tells the state of things: a service in its status, others in the
// description of the scope that is this container's. It does not wait.
func (m *monitor) describe() {
	u := &m.unit
	if m.service != nil {
		now := m.status("running")
		if err := m.store.Manager.Send(notify.Status(now.String())); err != nil {
			m.diag.Info(err.Error())
		}
		now.Lost = 0 // the loop adds what there is to add, when that changes
		m.loop.SetStatus([]byte(now.String()))
		return
	}
	if m.opts.Exec || u.where.Describe == "" || m.state != running {
		return
	}
	if u.telling != nil {
		u.again = true
		return
	}
	r, err := u.manager.Describe(u.where.Describe, m.status("running").String())
	if err == nil {
		u.telling, u.again = r, false
		if u.answer == 0 {
			u.answer = m.tag(m.described) + 1
		}
		err = m.poll.Add(r.FD(), u.answer-1)
	}
	if err != nil {
		m.diag.Info(err.Error())
	}
}

// described is called when the manager answers.
func (m *monitor) described() error {
	u := &m.unit
	if u.telling == nil {
		return nil
	}
	done, err := u.telling.Ready()
	if !done && err == nil {
		return nil
	}
	err = errors.Join(m.poll.Remove(u.telling.FD()), u.telling.Close())
	u.telling = nil
	if u.again {
		m.describe()
	}
	return err
}
