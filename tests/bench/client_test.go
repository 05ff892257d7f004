package bench

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/unitmon/unitmon/tests/kit"
)

// client is a connection to a SOCK_SEQPACKET socket. It makes its system calls
// past the Go scheduler, or its own wake-ups would be most of what it measures.
// A call that takes longer than kit.Patience fails.
type client struct{ fd int }

func dial(tb testing.TB, path string) *client {
	tb.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(os.NewSyscallError("socket", err))
	}
	c := &client{fd}
	patience := syscall.NsecToTimeval(kit.Patience.Nanoseconds())
	err = errors.Join(
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &patience),
		syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &patience),
		syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}),
	)
	if err != nil {
		c.close()
		tb.Fatal(&os.PathError{Op: "connect", Path: path, Err: err})
	}
	return c
}

func (c *client) close() { _ = syscall.Close(c.fd) }

// receive reads one packet, or as much of it as fits; 0 at the end.
func (c *client) receive(tb testing.TB, b []byte) int {
	return c.call(tb, syscall.SYS_READ, "read", b)
}

// send sends one packet.
func (c *client) send(tb testing.TB, b []byte) {
	c.call(tb, syscall.SYS_WRITE, "write", b)
}

func (c *client) call(tb testing.TB, number uintptr, name string, b []byte) int {
	for {
		n, _, errno := syscall.RawSyscall(number, uintptr(c.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		if errno == 0 {
			return int(n)
		}
		if errno != syscall.EINTR {
			tb.Helper()
			tb.Fatal(os.NewSyscallError(name, errno))
		}
	}
}
