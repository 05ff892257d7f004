package engine

import (
	"errors"
	"os"
	"os/signal"

	"github.com/unitmon/unitmon/internal/engine/cli"
	"github.com/unitmon/unitmon/internal/engine/sdproxy"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// setSources makes everything that can happen, but for the processes' ends. When
// the engine has been told of the exit the bundle may be a successor's already.
func (m *monitor) setSources() error {
	all := []func() error{m.setSignals, m.setTimers, m.setLink}
	if m.finished() {
		all = append(all, m.leftAttach)
	} else {
		all = append(all, m.setAttach, m.setConsole, m.setCtl)
	}
	for _, step := range all {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (m *monitor) setTimers() (err error) {
	if m.timeout, err = sys.NewTimer(); err != nil {
		return err
	}
	if m.late, err = sys.NewTimer(); err != nil {
		return err
	}
	return errors.Join(
		m.add(m.timeout.FD(), func() error {
			m.happen(expired)
			return m.timeout.Set(0)
		}),
		m.add(m.late.FD(), func() error {
			err := m.late.Set(0) // first: what happens may set it anew
			m.happen(late)
			return err
		}),
	)
}

func (m *monitor) setProxy() (err error) {
	if m.opts.SDNotifySocket == "" {
		return nil
	}
	if m.proxy, err = sdproxy.Listen(m.opts.Bundle, m.opts.SDNotifySocket); err != nil {
		return errors.New("Failed to bind to console-socket " + cli.Strerror(err)) // conmon's words
	}
	return m.add(m.proxy.FD(), m.proxy.Ready)
}

// setConsole makes the socket for the terminal.
func (m *monitor) setConsole() (err error) {
	if !m.opts.Terminal || m.resumes() {
		return nil
	}
	if m.console, err = newConsole(m.getenv("TMPDIR")); err != nil {
		return err
	}
	return m.add(m.console.socket.FD(), m.accept)
}

func (m *monitor) setCtl() (err error) {
	if m.opts.Bundle == "" || m.opts.Log.Passthrough {
		return nil
	}
	if m.ctl, err = wire.NewCtl(m.opts.Bundle); err != nil {
		return err
	}
	return m.add(m.ctl.FD(), func() error { return m.ctl.Ready(m.command) })
}

// command does what came through ctl.
func (m *monitor) command(c wire.Command) {
	switch c.Kind {
	case wire.Resize:
		m.size = c
		m.applySize()
	case wire.Reopen:
		if !m.loop.Reopen(m.opts.LogRotate) {
			m.diag.Warn("a log file cannot be opened again")
		}
	}
}

// applySize sets the terminal's size. One that came before the terminal waits
// for it.
func (m *monitor) applySize() {
	if c := m.size; c.Kind == wire.Resize {
		m.loop.Resize(int(c.Rows), int(c.Cols))
	}
}

// setSignals takes the signals that mean something to a monitor. SIGHUP and
// SIGPIPE would else end it.
func (m *monitor) setSignals() error {
	r, w, err := sys.NonblockPipe(4096)
	if err != nil {
		return err
	}
	if m.caught == nil {
		m.catch()
	}
	go func() {
		for s := range m.caught {
			_, _ = sys.WriteNow(w, []byte{sys.SignalNumber(s)})
		}
	}()
	m.signals = r
	return m.add(r, m.takeSignals)
}

// catch keeps signals from ending this process, which handles them when it can.
func (m *monitor) catch() {
	m.caught = make(chan os.Signal, 16)
	signal.Notify(m.caught, sys.SignalsOfMonitor()...)
}

// takeSignals does what the signals stand for that have come.
func (m *monitor) takeSignals() error {
	var b [64]byte
	n, err := sys.ReadNow(m.signals, b[:])
	if err != nil {
		return err
	}
	for _, s := range b[:n] {
		m.signalled(int(s))
	}
	return nil
}

// signalled does what a signal stands for.
func (m *monitor) signalled(s int) {
	switch s {
	case sys.SIGCHLD, sys.SIGUSR1:
		m.reap()
	case sys.SIGHUP:
		if m.loop == nil {
			return
		}
		m.loop.Reopen(m.opts.LogRotate)
	case sys.SIGTERM, sys.SIGINT, sys.SIGQUIT:
		m.asked = s
		if m.forwardTo != nil {
			m.forward()
			return
		}
		m.happen(asked)
	}
}

// forward hands a signal on to the container, or to the runtime that makes it.
func (m *monitor) forward() {
	if m.forwardTo != nil {
		_ = m.forwardTo(m.asked) // a service that is gone needs none
		return
	}
	p := &m.child
	if p.pid == 0 {
		p = &m.runtime
	}
	if p.fd == nil {
		return
	}
	if err := p.fd.Signal(m.asked); err != nil {
		m.reap()
	}
}
