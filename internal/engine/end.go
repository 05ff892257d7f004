package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// lateAfter is how long the logs may take for what is left when the container
// has ended: podman waits for the exit file for five seconds.
const lateAfter = 4 * time.Second

// ended is called when the container, or a session's process, has ended. What
// others hold its output open for, in the background, is not waited for.
func (m *monitor) ended() {
	m.code = m.child.code()
	if !m.child.known {
		m.diag.Warn(fmt.Sprintf("how process %d of container %s ended is not known: it is not a child, and the kernel does not tell", m.child.pid, m.opts.CID))
	}
	m.reached(over)
	m.drain()
}

// drain has stored what is left of the output.
func (m *monitor) drain() {
	m.state = draining
	m.loop.Drain()
	if err := m.late.Set(lateAfter); err != nil {
		m.diag.Warn(err.Error())
	}
}

// tooLate gives up what a log does not take.
func (m *monitor) tooLate() {
	m.diag.Warn(fmt.Sprintf("container %s: %d bytes of output are lost: a log took nothing for %v", m.opts.CID, m.loop.Undrained(), lateAfter))
	m.finish()
}

// timeOut ends a container whose time is over. Its output is not waited for.
func (m *monitor) timeOut() {
	m.code, m.text, m.timedOut = -1, "command timed out", true
	m.finish()
}

// step is one of the things that are done at the end.
type step struct {
	name string
	do   func(*monitor) error
}

// steps are all of them, in the order that engines rely on: the descriptors of
// ports are closed before anybody can see that the container is gone, because
// the ports are used again at once; the exit file is there before a client sees
// the end; what is for good comes before what can take its time.
var steps = []step{
	{"oom", (*monitor).lastOOM},
	{"notify", (*monitor).lastNotify},
	{"kill", (*monitor).killGroup},
	{"descriptors", (*monitor).closeInherited},
	{"persist", (*monitor).writePersist},
	{"exit", (*monitor).writeExit},
	{"sync", (*monitor).tellExit},
}

// finish does the steps. One that fails keeps none of the others from being
// done.
func (m *monitor) finish() {
	for _, s := range steps {
		if err := s.do(m); err != nil {
			m.diag.Error(err.Error())
			m.failed = m.failed || s.name == "exit" || s.name == "persist"
		}
	}
	m.reached(recorded)
	m.leave()
}

// lastNotify relays what the container has said last.
func (m *monitor) lastNotify() error {
	if m.proxy == nil {
		return nil
	}
	return m.proxy.Flush()
}

// closeInherited gives up what was held for the container.
func (m *monitor) closeInherited() error {
	fds := m.inherited
	for _, h := range m.held {
		fds = append(fds, h.FD)
		if err := m.store.Manager.Remove(fmt.Sprint(storeHeld, h.Number)); err != nil {
			m.diag.Warn(err.Error())
		}
	}
	m.inherited, m.held = nil, nil
	if m.service != nil { // the manager's copies too: their ports are to be free
		if err := barrier(m.store.Manager); err != nil {
			m.diag.Warn(err.Error())
		}
	}
	return wire.CloseFDs(fds)
}

func (m *monitor) writePersist() error {
	if m.opts.PersistDir == "" {
		return nil
	}
	return wire.WriteExit(filepath.Join(m.opts.PersistDir, "exit"), m.code)
}

func (m *monitor) writeExit() error {
	if m.opts.ExitDir == "" {
		return nil
	}
	return wire.WriteExit(filepath.Join(m.opts.ExitDir, m.opts.CID), m.code)
}

// tellExit gives the engine the exit code of a session.
func (m *monitor) tellExit() error {
	if !m.opts.Exec {
		return nil
	}
	return m.sync.Send(m.message(m.code, m.text))
}

// leave lets the clients go.
func (m *monitor) leave() {
	m.state = leaving
	if err := errors.Join(m.sync.Close(), m.store.Manager.Remove(storeSync)); err != nil {
		m.diag.Warn(err.Error())
	}
	m.loop.Release()
}

// stop ends the turns of the loop.
func (m *monitor) stop() { m.state = done }

// end is what is left when the loop has ended. It returns the monitor's exit
// code: the container's, or 1 where the end could not be recorded or the exit
// command not be run.
func (m *monitor) end() int {
	code := m.code & 0xff
	if m.failed {
		code = 1
	}
	if err := errors.Join(m.socket.remove(), m.console.close()); err != nil {
		m.diag.Warn(err.Error())
	}
	defer m.unlink() // the way to the bundle stays while the exit command runs
	if err := errors.Join(m.hangUp(), m.awaitKilled()); err != nil {
		m.diag.Warn(err.Error())
	}
	_ = sys.SetSubreaper(false) // what an exit command starts may outlive it
	m.commanding(code)
	failed, err := m.runExitCommand()
	return m.verdict(code, failed, err)
}

// hangUp leaves nobody waiting for what comes no more: the exit command may take
// long.
func (m *monitor) hangUp() error {
	if m.loop != nil {
		m.loop.HangUp()
	}
	err := m.store.Manager.Remove(storeAttach)
	if m.socket != nil {
		err = errors.Join(err, sys.Close(m.socket.fd))
	}
	return err
}

// unlink removes the link to the bundle.
func (m *monitor) unlink() {
	if m.socket == nil || m.socket.link == "" {
		return
	}
	if err := wire.RemoveSocketLink(m.socket.link, m.opts.Bundle); err != nil {
		m.diag.Warn(err.Error())
	}
}

// runExitCommand runs what the engine wants to have done at the end, if there
// was a beginning, and returns its exit code.
func (m *monitor) runExitCommand() (int, error) {
	o := m.opts
	if o.ExitCommand == "" || !m.began {
		return 0, nil
	}
	if err := m.delay(); err != nil {
		return 0, err
	}
	if err := m.closeInherited(); err != nil {
		m.diag.Warn(err.Error())
	}
	s := sys.Spawn{Path: o.ExitCommand, Args: append([]string{o.ExitCommand}, o.ExitArgs...), Env: m.env, Stdio: [3]int{0, 1, 2}}
	if err := sys.SilenceStdio(); err != nil {
		return 0, err
	}
	pid := 0
	err := m.unprotected(func() (err error) {
		pid, err = s.Start()
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("exit command: %w", err)
	}
	if err := m.keepCommand(pid); err != nil {
		m.diag.Warn(err.Error())
	}
	status, err := sys.Reap(pid)
	if err != nil {
		return 0, fmt.Errorf("exit command: %w", err)
	}
	p := process{known: true, status: status}
	return p.code(), nil
}

// delay waits as long as the engine wants between the end and its command, but
// not when it is asked to end.
func (m *monitor) delay() error {
	if m.opts.ExitDelay <= 0 {
		return nil
	}
	t, err := sys.NewTimer()
	if err != nil {
		return err
	}
	defer func() { _ = t.Close() }()
	p, err := sys.NewPoll()
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	if err := errors.Join(p.Add(t.FD(), 0), t.Set(time.Duration(m.opts.ExitDelay)*time.Second)); err != nil {
		return err
	}
	if m.signals > 0 {
		if err := p.Add(m.signals, 1); err != nil {
			return err
		}
	}
	for m.asked = 0; m.asked == 0; {
		tags, err := p.Wait(nil)
		if err != nil || slices.Contains(tags, 0) {
			return err
		}
		if err := m.takeSignals(); err != nil {
			return err
		}
	}
	return nil
}
