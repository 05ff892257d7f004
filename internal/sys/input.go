package sys

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// ErrStopped is returned by Input.Read after Input.Stop.
var ErrStopped = errors.New("reading was stopped")

// Input reads a file that others read too, such as the terminal that a shell
// goes on with: it takes bytes only for a Read that returns them, so that
// stopping it leaves the rest where it is. The mode of the file stays as it is,
// blocking or not. One Read at a time; Stop may run beside it, Close may not.
type Input struct {
	fd   int // a copy of the file's descriptor, ours
	wake int // an eventfd(2) that Stop makes readable
}

// OpenInput makes an Input of f, which stays the caller's.
func OpenInput(f *os.File) (*Input, error) {
	fd, err := Dup(f)
	if err != nil {
		return nil, err
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, named("eventfd", err)
	}
	return &Input{fd, wake}, nil
}

// Read waits until there is something to read and reads it. At the end, and
// when the terminal has hung up (EIO), it is io.EOF; after Stop ErrStopped.
func (in *Input) Read(p []byte) (int, error) {
	for {
		if err := in.await(); err != nil {
			return 0, err
		}
		n, err := ReadNow(in.fd, p)
		switch {
		case IsErrno(err, EAGAIN): // another reader was quicker
		case err == nil && n == 0, IsErrno(err, unix.EIO):
			return 0, io.EOF
		default:
			return n, err
		}
	}
}

// await waits with poll(2): unlike epoll it also knows regular files.
func (in *Input) await() error {
	fds := []unix.PollFd{{Fd: int32(in.wake), Events: unix.POLLIN}, {Fd: int32(in.fd), Events: unix.POLLIN}}
	_, err := retry1(func() (int, error) { return unix.Poll(fds, -1) })
	if err == nil && fds[0].Revents != 0 {
		return ErrStopped
	}
	return named("poll", err)
}

// Stop makes Read return, the one that runs and all later ones.
func (in *Input) Stop() {
	one := [8]byte{1: 1} // not 0 in either byte order
	_, _ = unix.Write(in.wake, one[:])
}

// Close gives back what OpenInput made. The file itself stays open.
func (in *Input) Close() error {
	return errors.Join(named("close", unix.Close(in.fd)), named("close", unix.Close(in.wake)))
}
