package sys

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Pidfd is a handle on one process, which no other process can take over
// when the number is used again; see pidfd_open(2). It owns its descriptor.
// Its methods may be called from several goroutines, but only one may wait.
type Pidfd struct {
	f *os.File // non-blocking, so that the runtime's poller waits for it
}

// OpenPidfd returns a handle on the process that has the number pid now. The
// error is ESRCH when there is none; a zombie still has its number.
// Linux 5.10 (PIDFD_NONBLOCK).
func OpenPidfd(pid int) (*Pidfd, error) {
	fd, err := retry1(func() (int, error) { return unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK) })
	if err != nil {
		return nil, named("pidfd_open", err)
	}
	return &Pidfd{f: os.NewFile(uintptr(fd), "pidfd")}, nil
}

// NewPidfd takes over fd, a pidfd that another process opened (received, or
// taken from the fd store). It makes the open file description non-blocking,
// which every holder of a duplicate sees too: their waitid(P_PIDFD) answers
// EAGAIN instead of waiting.
func NewPidfd(fd int) (*Pidfd, error) {
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, named("fcntl", err)
	}
	return &Pidfd{f: os.NewFile(uintptr(fd), "pidfd")}, nil
}

// File returns the descriptor as a file that stays p's: do not close it.
func (p *Pidfd) File() *os.File { return p.f }

// Close gives up the handle. A wait in another goroutine ends with an error.
func (p *Pidfd) Close() error { return p.f.Close() }

// Signal sends sig to the process; 0 only asks whether it may be signalled.
// The error is ESRCH once the process has been reaped; see
// pidfd_send_signal(2). A zombie takes a signal without effect.
func (p *Pidfd) Signal(sig int) error {
	return p.control(func(fd int) error {
		return named("pidfd_send_signal", retry(func() error {
			return unix.PidfdSendSignal(fd, unix.Signal(sig), nil, 0)
		}))
	})
}

// Exited reports whether the process has ended, reaped or not. It does not
// wait.
func (p *Pidfd) Exited() (bool, error) {
	ev, err := p.events()
	return ev != 0, err
}

// WaitExit returns when the process has ended, which is when its pidfd gets
// readable; it may still be a zombie. It holds no thread. When ctx ends
// first, the error is its cause.
func (p *Pidfd) WaitExit(ctx context.Context) error {
	return p.wait(ctx, unix.POLLIN|unix.POLLHUP)
}

// WaitReaped returns when the process has ended and its parent has taken its
// status, from when on Info can tell it. Before Linux 6.9 the kernel does not
// report this and WaitReaped waits until ctx is done.
func (p *Pidfd) WaitReaped(ctx context.Context) error { return p.wait(ctx, unix.POLLHUP) }

// wait parks in the runtime's poller until one of the events want is there.
func (p *Pidfd) wait(ctx context.Context, want int16) error {
	rc, err := p.f.SyscallConn()
	if err != nil {
		return err
	}
	return AwaitIO(ctx, p.f.SetReadDeadline, func() error {
		var perr error
		err := rc.Read(func(fd uintptr) bool {
			var ev int16
			ev, perr = pollPidfd(int(fd))
			return perr != nil || ev&want != 0
		})
		return errors.Join(err, perr)
	})
}

// events asks for the pidfd's poll events without waiting.
func (p *Pidfd) events() (ev int16, err error) {
	cerr := p.control(func(fd int) error {
		ev, err = pollPidfd(fd)
		return err
	})
	return ev, cerr
}

// control runs f on the descriptor, which stays open meanwhile.
func (p *Pidfd) control(f func(fd int) error) error {
	rc, err := p.f.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	if err := rc.Control(func(fd uintptr) { ferr = f(int(fd)) }); err != nil {
		return err
	}
	return ferr
}

// pollPidfd is poll(2) of one descriptor for POLLIN with no wait.
func pollPidfd(fd int) (int16, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	_, err := retry1(func() (int, error) { return unix.Poll(fds, 0) })
	return fds[0].Revents, named("poll", err)
}
