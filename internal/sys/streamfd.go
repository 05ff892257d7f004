package sys

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// The calls of this file work on bare descriptor numbers, for one thread that
// waits in one place: whoever makes a descriptor closes it, with Close.

// ConnectStreamFD connects a stream socket that does not block to a path or
// '@' name. A listener whose backlog is full is EAGAIN; see unix(7).
func ConnectStreamFD(name string) (int, error) {
	to, err := ParseUnixAddr(name)
	if err != nil {
		return -1, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, named("socket", err)
	}
	if err := retry(func() error { return unix.Connect(fd, to.sockaddr()) }); err != nil {
		_ = unix.Close(fd)
		return -1, fmt.Errorf("socket %s: %w", name, named("connect", err))
	}
	return fd, nil
}

// SendFD sends what fits of p on a stream socket, without blocking and without
// SIGPIPE, and returns how much that was.
func SendFD(fd int, p []byte) (int, error) {
	n, err := retry1(func() (int, error) { return unix.SendmsgN(fd, p, nil, nil, sendFlags) })
	return n, named("sendmsg", err)
}

// ReceiveFD receives what is there, up to len(p) bytes, without blocking;
// nothing is EAGAIN, the end of the stream is 0 and nil.
func ReceiveFD(fd int, p []byte) (int, error) {
	n, err := retry1(func() (int, error) {
		n, _, err := unix.Recvfrom(fd, p, unix.MSG_DONTWAIT)
		return n, err
	})
	return n, named("recvfrom", err)
}

// AwaitReadable waits until fd is readable, hung up or in error, at most for
// the given time, rounded up to milliseconds. It may return false before that,
// when a signal comes.
func AwaitReadable(fd int, most time.Duration) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, int((max(most, 0)+time.Millisecond-1)/time.Millisecond))
	if err == unix.EINTR { //nolint:errorlint // straight from the kernel
		return false, nil
	}
	return n > 0, named("poll", err)
}
