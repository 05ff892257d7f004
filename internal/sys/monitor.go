package sys

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// The signals that a monitor branches on.
const (
	SIGCHLD = int(unix.SIGCHLD)
	SIGHUP  = int(unix.SIGHUP)
	SIGINT  = int(unix.SIGINT)
	SIGKILL = int(unix.SIGKILL)
	SIGQUIT = int(unix.SIGQUIT)
	SIGTERM = int(unix.SIGTERM)
	SIGUSR1 = int(unix.SIGUSR1)
)

// SignalsOfMonitor are the signals that a monitor takes: those that mean
// something to it, and those that would end it.
func SignalsOfMonitor() []os.Signal {
	return []os.Signal{
		unix.SIGCHLD, unix.SIGHUP, unix.SIGINT, unix.SIGPIPE, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
	}
}

// SignalNumber is a signal's number, 0 of something else.
func SignalNumber(s os.Signal) byte {
	n, ok := s.(syscall.Signal)
	if !ok {
		return 0
	}
	return byte(n)
}

// DupFD returns a copy of a descriptor, close-on-exec.
func DupFD(fd int) (int, error) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	return n, named("fcntl(F_DUPFD_CLOEXEC)", err)
}

// WriteNow writes to a descriptor that does not block, what there is room for.
func WriteNow(fd int, p []byte) (int, error) {
	n, err := retry1(func() (int, error) { return unix.Write(fd, p) })
	return n, named("write", err)
}
