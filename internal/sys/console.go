package sys

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Chmod sets the access mode of the socket's own inode. Bind gives it to the
// path, as far as the umask leaves it, so that there is no instant at which the
// path has another (unix_bind of the kernel).
func (s *UnixSocket) Chmod(mode uint32) error {
	return named("fchmod", unix.Fchmod(s.fd, mode))
}

// Listen makes a bound socket take connections; at most backlog wait.
func (s *UnixSocket) Listen(backlog int) error {
	return named("listen", unix.Listen(s.fd, backlog))
}

// AcceptNow takes a connection that is there already. It does not wait:
// without one the error is EAGAIN.
func (s *UnixSocket) AcceptNow() (*UnixSocket, error) {
	fd, err := retry1(func() (int, error) {
		fd, _, err := unix.Accept4(s.fd, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
		return fd, err
	})
	if err != nil {
		return nil, named("accept4", err)
	}
	file := os.NewFile(uintptr(fd), "connection")
	raw, err := file.SyscallConn()
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &UnixSocket{file: file, raw: raw, fd: fd}, nil
}

// SetONLCR makes a terminal end lines with CR NL, termios(3). f is either end
// of it.
func SetONLCR(f *os.File) error {
	return withFD(f, func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			return named("ioctl TCGETS", err)
		}
		t.Oflag |= unix.ONLCR
		return named("ioctl TCSETS", unix.IoctlSetTermios(fd, unix.TCSETS, t))
	})
}

// SetWindowSize sets the size of a terminal in rows and columns, of which 0 is
// unknown; its processes get SIGWINCH if it is another than before
// (ioctl_tty(2), TIOCSWINSZ). f is either end of it.
func SetWindowSize(f *os.File, rows, cols uint16) error {
	return withFD(f, func(fd int) error {
		return named("ioctl TIOCSWINSZ", unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: cols}))
	})
}

// FD is the socket's descriptor, which stays the socket's: for waiting.
func (s *UnixSocket) FD() int { return s.fd }

// BindAt is Bind to a name in an open directory, whose own path may be of any
// length, through /proc/self/fd. The directory must stay open no longer than the
// call. An old socket of that name must have been removed.
func (s *UnixSocket) BindAt(dir *os.File, name string) error {
	return withFD(dir, func(fd int) error {
		addr, err := ParseUnixAddr("/proc/self/fd/" + strconv.Itoa(fd) + "/" + name)
		if err != nil {
			return err
		}
		return s.Bind(addr)
	})
}
