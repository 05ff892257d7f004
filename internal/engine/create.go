package engine

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// create starts the runtime.
func (m *monitor) create() {
	m.state = creating
	m.arrive()
	if err := m.startRuntime(); err != nil {
		m.fail(err.Error())
		return
	}
	if err := m.watchProcess(&m.runtime, m.runtimeGone); err != nil {
		m.fail(err.Error())
	}
}

// startRuntime executes the runtime. A pid file of an earlier one would be taken
// for its own.
func (m *monitor) startRuntime() error {
	if err := sys.Unlink(m.opts.ContainerPIDFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s := sys.Spawn{
		Path: m.opts.Runtime, Args: runtimeArgv(m.opts, m.console.path()), Env: m.env,
		Stdio: m.std, Held: m.held, DieWithParent: true,
	}
	m.began = true
	rewrite, err := wire.ListenPID(m.env, os.Getpid(), m.opts.ReplaceListenPID)
	if err != nil {
		return errors.New("[conmon:e]: " + err.Error() + "\n") // as if the runtime had printed it
	}
	if rewrite { // by a process of its own, which is the runtime then
		s.Path, s.Env = self(), append([]string{StageVar + "=" + StageRuntime}, m.env...)
	}
	m.reached(starting)
	err = m.unprotected(func() (err error) {
		m.runtime.pid, err = s.Start()
		return err
	})
	m.closeStdio()
	return err
}

// closeStdio gives up the container's side of its pipes. With passthrough they
// are this process's own.
func (m *monitor) closeStdio() {
	if m.opts.Log.Passthrough {
		_ = sys.SilenceStdio()
		return
	}
	for i, fd := range m.std {
		if fd > 2 {
			_ = sys.Close(fd)
			m.std[i] = -1
		}
	}
}

// runtimeGone is called when the runtime has ended.
func (m *monitor) runtimeGone() error {
	m.forgetProcess(&m.runtime)
	if !m.runtime.ended {
		m.reap()
	}
	return nil
}

// created looks at what the runtime has left.
func (m *monitor) created() {
	m.forgetProcess(&m.runtime)
	if st := m.runtime.status; !m.opts.Exec && (!st.Exited() || st.ExitStatus() != 0) {
		m.fail("")
		return
	}
	pid, err := wire.ReadPIDFile(m.opts.ContainerPIDFile)
	if err != nil {
		m.fail(err.Error())
		return
	}
	if m.opts.Terminal {
		if err := m.console.take(m); err != nil {
			m.child.pid = pid
			m.fail("Runtime did not set up terminal")
			return
		}
	}
	m.adopt(pid)
}

// adopt makes pid the process whose end is this monitor's.
func (m *monitor) adopt(pid int) {
	m.child.pid = pid
	m.state = running
	m.loop.Hold(false)
	status, ended := m.gone.of(pid)
	if ended {
		m.child.status, m.child.known = status, true
	} else if err := m.watchProcess(&m.child, m.childGone); err != nil {
		ended = true // it has been reaped by somebody else
	} else if err := m.keepChild(); err != nil {
		m.diag.Warn(err.Error())
	}
	m.reached(lives)
	if !ended {
		m.watchOOM() // before the engine can start it
	}
	m.announce()
	if ended {
		m.childEnded()
		return
	}
	m.setTimeout()
	m.describeSoon()
}

// announce tells the engine the container's pid, if no earlier process has.
func (m *monitor) announce() {
	if m.service != nil && m.service.record.phase() >= announced {
		return
	}
	if !m.opts.Exec || m.opts.APIVersion > 0 { // else there is one message, at the end
		m.say(m.child.pid, "")
	}
	m.reached(announced)
}

// setTimeout begins to count the container's time, or goes on with that.
func (m *monitor) setTimeout() {
	if m.opts.Timeout <= 0 {
		return
	}
	at := m.deadline()
	if at == 0 {
		at = sys.Monotonic() + time.Duration(m.opts.Timeout)*time.Second
	}
	if m.service != nil {
		m.service.record.setDeadline(at)
	}
	if err := m.timeout.SetAt(at); err != nil {
		m.diag.Warn(err.Error())
	}
}

// deadline is the one that an earlier process has set, else 0.
func (m *monitor) deadline() time.Duration {
	if m.service == nil {
		return 0
	}
	return m.service.record.deadline()
}

// fail ends a monitor whose container could not be created. What the runtime has
// printed says it best.
func (m *monitor) fail(why string) {
	text := string(m.loop.Message())
	if text == "" {
		text = why
	}
	m.failed = true
	m.diag.Error(failure(m.opts.Exec, m.runtime, text))
	m.say(-1, text)
	m.leave()
}

// failure is a line for the log.
func failure(exec bool, runtime process, text string) string {
	verb := "create the container"
	if exec {
		verb = "execute in the container"
	}
	if runtime.known {
		return "failed to " + verb + ": runtime exit code " + strconv.Itoa(runtime.code()) + ": " + text
	}
	return "failed to " + verb + ": " + text
}

// say sends a message to the engine.
func (m *monitor) say(value int, text string) {
	if err := m.sync.Send(m.message(value, text)); err != nil {
		m.diag.Warn(err.Error())
	}
}

// message is one that the engine's options ask for.
func (m *monitor) message(value int, text string) wire.Message {
	return wire.Message{Key: wire.KeyOf(m.opts.APIVersion, m.opts.Exec), Value: value, Text: text}
}
