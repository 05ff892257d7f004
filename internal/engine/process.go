package engine

import (
	"github.com/unitmon/unitmon/internal/sys"
)

// process is one that the monitor waits for.
type process struct {
	pid    int
	fd     *sys.Pidfd
	ended  bool
	known  bool // its status is known
	status sys.WaitStatus
}

// Code is the exit code as shells and engines have it: 128 and the signal for a
// process that one has ended, -1 if it is not known.
func (p *process) code() int {
	switch {
	case !p.known:
		return -1
	case p.status.Signaled():
		return 128 + int(p.status.Signal())
	}
	return p.status.ExitStatus()
}

// exits remembers how processes ended that may turn out to be the one that is
// waited for: a session's process can end before its runtime has told its pid.
type exits struct {
	list [64]struct {
		pid    int
		status sys.WaitStatus
	}
	next int
}

func (e *exits) add(pid int, status sys.WaitStatus) {
	e.list[e.next].pid, e.list[e.next].status = pid, status
	e.next = (e.next + 1) % len(e.list)
}

func (e *exits) of(pid int) (sys.WaitStatus, bool) {
	for i := range e.list {
		if x := e.list[(e.next+len(e.list)-1-i)%len(e.list)]; x.pid == pid {
			return x.status, true
		}
	}
	return 0, false
}

// reap takes the status of every child that has ended.
func (m *monitor) reap() {
	for {
		pid, status, err := sys.ReapNow(-1)
		if err != nil || pid == 0 {
			return
		}
		m.reaped(pid, status)
	}
}

// reaped notes how a child has ended.
func (m *monitor) reaped(pid int, status sys.WaitStatus) {
	switch pid {
	case m.runtime.pid:
		m.runtime.ended, m.runtime.known, m.runtime.status = true, true, status
		m.happen(made)
	case m.child.pid:
		m.child.known, m.child.status = true, status
		m.childEnded()
	default:
		m.gone.add(pid, status)
	}
}

// childEnded is called when the container's process has ended.
func (m *monitor) childEnded() {
	if !m.child.ended {
		m.child.ended = true
		m.happen(exited)
	}
}

// watchProcess has f called when the process of p has ended.
func (m *monitor) watchProcess(p *process, f func() error) error {
	fd, err := sys.OpenPidfd(p.pid)
	if err != nil {
		return err
	}
	p.fd = fd
	n, err := fd.Handle()
	if err != nil {
		return err
	}
	return m.add(n, f)
}

// forgetProcess ends watchProcess.
func (m *monitor) forgetProcess(p *process) {
	if p.fd == nil {
		return
	}
	if n, err := p.fd.Handle(); err == nil {
		_ = m.poll.Remove(n)
	}
	_ = p.fd.Close()
	p.fd = nil
}

// childGone is called when the container's process has ended. One that is not a
// child is reaped by somebody else, and its status is what the kernel tells then.
func (m *monitor) childGone() error {
	m.reap()
	if m.child.ended {
		m.forgetProcess(&m.child)
		return nil
	}
	n, err := m.child.fd.Handle()
	if err != nil {
		return err
	}
	if err := m.poll.Remove(n); err != nil {
		return err
	}
	if !m.child.fd.Tells() { // before Linux 6.13
		m.childEnded()
		return nil
	}
	if m.late != nil { // a parent may leave it a zombie for ever
		if err := m.late.Set(lateAfter); err != nil {
			return err
		}
	}
	return m.poll.AddHangup(n, m.tag(func() error {
		if m.child.fd == nil {
			return nil
		}
		if info, err := m.child.fd.Info(); err == nil {
			m.child.status, m.child.known = info.ExitStatus()
		}
		m.forgetProcess(&m.child)
		m.childEnded()
		return nil
	}))
}

// unreaped gives up the status of a process whose parent does not take it.
func (m *monitor) unreaped() {
	m.forgetProcess(&m.child)
	m.childEnded()
}
