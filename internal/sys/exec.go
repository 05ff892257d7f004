package sys

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Polled gives a file of the runtime's poller in exchange for f, a pipe or a
// terminal's master, so that Close and deadlines end a Read or Write that waits.
// It sets the open file description to non-blocking mode, for all who share it.
// f is closed also on failure.
func Polled(f *os.File) (*os.File, error) {
	defer func() { _ = f.Close() }()
	fd, err := Dup(f)
	if err != nil {
		return nil, err
	}
	if err := SetNonblock(fd); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// ReadReady reads what a file in non-blocking mode has now; EAGAIN when that is
// nothing, EIO from the master of a terminal that nobody has open any more.
func ReadReady(f *os.File, p []byte) (n int, err error) {
	err = withFD(f, func(fd int) (err error) {
		n, err = ReadNow(fd, p)
		return err
	})
	return n, err
}

// SignalsOfSession are those that a program passes on to the process of an exec
// session that it stands for.
func SignalsOfSession() []os.Signal {
	return []os.Signal{
		unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM,
	}
}

// TryLock is Lock, exclusive, that does not wait: it reports whether it has the
// lock.
func TryLock(f *os.File) (bool, error) {
	err := retry(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	if err == unix.EWOULDBLOCK { //nolint:errorlint // straight from the kernel
		return false, nil
	}
	if err != nil {
		return false, &fs.PathError{Op: "flock", Path: f.Name(), Err: err}
	}
	return true, nil
}

// EBUSY is what a cgroup with processes cannot be removed with.
const EBUSY = unix.EBUSY
