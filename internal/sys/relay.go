package sys

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// The calls of this file set up the relay's loop, which works on bare
// descriptor numbers: whoever makes one owns it until the process ends.

// Epoll makes an epoll instance.
func Epoll() (int, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	return fd, named("epoll_create1", err)
}

// NonblockPipe makes a pipe whose two ends do not block, and makes it hold at
// least size bytes if it may.
func NonblockPipe(size int) (r, w int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return -1, -1, named("pipe2", err)
	}
	// A smaller pipe only means smaller steps.
	_, _ = unix.FcntlInt(uintptr(p[1]), unix.F_SETPIPE_SZ, size)
	return p[0], p[1], nil
}

// DatagramFD makes an unbound, non-blocking AF_UNIX datagram socket whose send
// buffer is size bytes, or as near as the caller's privileges allow.
func DatagramFD(size int) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, named("socket", err)
	}
	if size > 0 && unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, size) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, size) // what the limit allows
	}
	return fd, nil
}

// DevNull opens /dev/null for writing.
func DevNull() (int, error) {
	fd, err := retry1(func() (int, error) { return unix.Open("/dev/null", unix.O_WRONLY|unix.O_CLOEXEC, 0) })
	return fd, named("open /dev/null", err)
}

// EventFD makes an eventfd(2) and a function that makes it readable.
func EventFD() (fd int, raise func(), err error) {
	fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return -1, nil, named("eventfd", err)
	}
	one := [8]byte{1: 1}
	return fd, func() { _, _ = unix.Write(fd, one[:]) }, nil
}

// SetNonblock puts a descriptor into non-blocking mode.
func SetNonblock(fd int) error { return named("fcntl", unix.SetNonblock(fd, true)) }

// Memory returns size bytes of zeroed, page-aligned memory that the garbage
// collector does not know. It is never given back.
func Memory(size uintptr) ([]byte, error) {
	b, err := unix.Mmap(-1, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	return b, named("mmap", err)
}

// Dup returns a copy of f's descriptor, close-on-exec, without changing the
// mode of f.
func Dup(f *os.File) (fd int, err error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	cerr := raw.Control(func(old uintptr) { fd, err = DupFD(int(old)) })
	return fd, errors.Join(cerr, err)
}

// SetPipeSize asks for a pipe or FIFO that holds at least size bytes
// (F_SETPIPE_SZ, fcntl(2)).
func SetPipeSize(f *os.File, size int) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) { _, err = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, size) })
	return errors.Join(cerr, named("fcntl(F_SETPIPE_SZ)", err))
}
