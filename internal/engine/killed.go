package engine

import (
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// killGroup ends a container whose time is over.
func (m *monitor) killGroup() error {
	if !m.timedOut || m.child.ended {
		return nil
	}
	// The monitor is in the group of a container that a runtime did not give one.
	own, _ := sys.ProcessGroup(0)
	if group, err := sys.ProcessGroup(m.child.pid); err == nil && group > 1 && group != own {
		m.killed = group
		return sys.Kill(-group, sys.SIGKILL)
	}
	if m.child.fd != nil {
		return m.child.fd.Signal(sys.SIGKILL)
	}
	return nil
}

// awaitKilled waits until the processes that were killed are gone, as an engine
// believes them to be when the monitor is. The kernel may take a moment, and more
// for one that waits for a device. Those that are not this process's children it
// hears nothing of.
func (m *monitor) awaitKilled() error {
	if m.killed == 0 {
		return nil
	}
	for end := time.Now().Add(lateAfter); ; {
		pid, status, err := sys.ReapNow(-1)
		if err != nil { // there are no children
			return nil
		}
		if pid > 0 {
			m.reaped(pid, status)
			continue
		}
		left := time.Until(end)
		if left <= 0 || sys.IsErrno(sys.Kill(-m.killed, 0), sys.ESRCH) {
			return nil
		}
		if _, err := sys.AwaitReadable(m.signals, left); err != nil {
			return err
		}
		if err := m.takeSignals(); err != nil && !sys.IsErrno(err, sys.EAGAIN) {
			return err
		}
	}
}
