package container

import (
	"context"
	"errors"
	"fmt"
	"os"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// SessionProcess is a session's process, a child of this one. It owns its
// descriptors.
type SessionProcess struct {
	// Master is the terminal, if it has one; see oci.Runtime.ExecTerminal. It is
	// in the runtime's poller.
	Master *os.File

	pid     int
	pidfd   *sys.Pidfd
	session *Session
	reaped  bool
	status  sys.WaitStatus // if reaped
}

// Start runs the session's process. stdio are its streams, nil is /dev/null; for
// a terminal's they do not matter, but for stdio[2], to which the runtime
// complains. This process becomes a subreaper: the runtime leaves the process to
// it, so that its exit is told to it and nobody else. One session in a process.
//
// On failure, or when ctx ends first, nothing of it is left in the container.
func (s *Session) Start(ctx context.Context, stdio [3]*os.File) (p *SessionProcess, err error) {
	if err := errors.Join(sys.SetSubreaper(true), s.group.make()); err != nil {
		return nil, err
	}
	p = &SessionProcess{session: s}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	rt := Runtime(s.dir, s.Record)
	o := oci.ExecOptions{
		Process: s.plan.Process, PIDFile: s.pidFile(), Detach: true, Cgroup: s.group.name(), Stdio: stdio,
	}
	if o.Process.Terminal {
		master, err := rt.ExecTerminal(ctx, s.Record.ID, s.console(), o)
		if err != nil {
			return p, err
		}
		if p.Master, err = sys.Polled(master); err != nil {
			return p, err
		}
	} else if _, err := rt.Exec(ctx, s.Record.ID, o); err != nil {
		return p, err
	}
	return p, p.adopt()
}

// SetSize sets the size that the process' terminal begins with; 0 is unknown.
// Only before Start.
func (s *Session) SetSize(rows, cols int) {
	if rows > 0 && cols > 0 {
		s.plan.Process.ConsoleSize = &specs.Box{Height: uint(rows), Width: uint(cols)}
	}
}

// adopt takes the process that the runtime has left behind. Nobody else waits
// for it, so that its number is its own until Wait has its exit.
func (p *SessionProcess) adopt() (err error) {
	if p.pid, err = oci.ReadPIDFile(p.session.pidFile()); err != nil {
		return err
	}
	p.pidfd, err = sys.OpenPidfd(p.pid)
	return err
}

// Signal sends a signal to the process, but not to what it has started. That it
// has ended is no error.
func (p *SessionProcess) Signal(sig int) error {
	err := p.pidfd.Signal(sig)
	if sys.IsErrno(err, sys.ESRCH) {
		return nil
	}
	return err
}

// Wait waits for the end of the process and returns how that was.
func (p *SessionProcess) Wait(ctx context.Context) (sys.WaitStatus, error) {
	if err := p.pidfd.WaitExit(ctx); err != nil {
		return 0, err
	}
	status, err := sys.Reap(p.pid)
	if err != nil {
		return 0, fmt.Errorf("exec %s in container %s: %w: %w", p.session.ID, p.session.Record.Name, ErrExitUnknown, err)
	}
	p.reaped, p.status = true, status
	return status, nil
}

// Exit is how the process has ended, unknown before Wait or Close.
func (p *SessionProcess) Exit() Exit {
	if !p.reaped {
		return Exit{}
	}
	return ExitOf(p.status)
}

// Code is the exit code of a process that Wait, or Close, has seen end: 128+n if
// it died by signal n.
func (p *SessionProcess) Code() int {
	if p.status.Signaled() {
		return signalBase + int(p.status.Signal())
	}
	return p.status.ExitStatus()
}

// Close gives up the process. One that has not ended is killed, with all that it
// has started; what one that has ended has left in the background stays, in the
// container.
func (p *SessionProcess) Close() error {
	var err error
	if p.Master != nil {
		err = p.Master.Close()
	}
	if !p.reaped {
		err = errors.Join(err, p.kill())
	}
	if p.pidfd != nil {
		err = errors.Join(err, p.pidfd.Close())
	}
	return errors.Join(err, p.session.group.remove())
}

// kill kills the session, and takes the exit of its process.
func (p *SessionProcess) kill() error {
	if p.pidfd == nil {
		return p.session.kill()
	}
	err := errors.Join(p.Signal(sigKill), p.session.kill())
	_, reap := p.Wait(context.Background())
	return errors.Join(err, reap)
}

const sigKill = 9

// kill kills all processes of the session's cgroup and waits until they are
// gone, or for as long as a stop may take.
func (s *Session) kill() error {
	if err := s.group.kill(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sessionStopTimeout)
	defer cancel()
	return s.group.awaitEmpty(ctx)
}
