package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Errno is the kernel's error number, for errors.Is.
type Errno = unix.Errno

// The error numbers that callers branch on.
const (
	EAGAIN       = unix.EAGAIN
	ECONNREFUSED = unix.ECONNREFUSED
	ECONNRESET   = unix.ECONNRESET
	EINTR        = unix.EINTR
	EMSGSIZE     = unix.EMSGSIZE
	ENOBUFS      = unix.ENOBUFS
	ENOENT       = unix.ENOENT
	EPERM        = unix.EPERM
	EPIPE        = unix.EPIPE
	ESRCH        = unix.ESRCH
)

// IsErrno reports whether err is, or wraps, the error number e.
func IsErrno(err error, e Errno) bool { return errors.Is(err, e) }

// retry calls f until it does not fail with EINTR.
func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR { //nolint:errorlint // straight from the kernel
			return err
		}
	}
}

// retry1 is retry for a call that returns a value.
func retry1[T any](f func() (T, error)) (T, error) {
	for {
		v, err := f()
		if err != unix.EINTR { //nolint:errorlint // straight from the kernel
			return v, err
		}
	}
}

// named gives a raw error number the name of its call; nil stays nil.
func named(call string, err error) error { return os.NewSyscallError(call, err) }
