package sys

import (
	"io/fs"

	"golang.org/x/sys/unix"
)

// The calls of this file work on descriptors that another program made and
// whose mode (blocking or not) is shared with it, so it is left as it is.

// SetCloseOnExec makes a descriptor close-on-exec. The error is EBADF when it
// is not open.
func SetCloseOnExec(fd int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC)
	return named("fcntl F_SETFD", err)
}

// Inheritable reports whether a descriptor stays open over execve(2). The error
// is EBADF when it is not open.
func Inheritable(fd int) (bool, error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return flags&unix.FD_CLOEXEC == 0, named("fcntl F_GETFD", err)
}

// ReadFD is one read(2) that waits until there is something to read, in
// non-blocking mode too. At the end it is 0 and no error.
func ReadFD(fd int, p []byte) (int, error) {
	n, err := whenReady(fd, unix.POLLIN, func() (int, error) { return unix.Read(fd, p) })
	return n, named("read", err)
}

// WriteFD is one write(2) that waits until there is room, in non-blocking mode
// too. It may write less than all of p where the kind of descriptor allows that.
// A reader that has gone is EPIPE, or ECONNRESET on some sockets.
func WriteFD(fd int, p []byte) (int, error) {
	n, err := whenReady(fd, unix.POLLOUT, func() (int, error) { return unix.Write(fd, p) })
	return n, named("write", err)
}

// whenReady calls f until it fails with something other than EAGAIN, or not at
// all, and waits with poll(2) in between.
func whenReady(fd int, events int16, f func() (int, error)) (int, error) {
	for {
		n, err := retry1(f)
		if err != unix.EAGAIN { //nolint:errorlint // straight from the kernel
			return max(n, 0), err
		}
		fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
		if _, err := retry1(func() (int, error) { return unix.Poll(fds, -1) }); err != nil {
			return 0, err
		}
	}
}

// ReadHead reads the first bytes of the file at path into p, as many as there
// are and fit. It never waits: a FIFO without a writer is empty. The error is
// an *fs.PathError whose Op is "open" or "read".
func ReadHead(path string, p []byte) (int, error) {
	fd, err := retry1(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	})
	if err != nil {
		return 0, pathError("open", path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	n := 0
	for n < len(p) {
		m, err := retry1(func() (int, error) { return unix.Read(fd, p[n:]) })
		if err != nil {
			return n, pathError("read", path, err)
		}
		if m == 0 {
			break
		}
		n += m
	}
	return n, nil
}

// MakeFIFO makes a FIFO at path with the mode that the umask leaves of mode
// (mkfifo(3)).
func MakeFIFO(path string, mode uint32) error {
	return pathError("mkfifo", path, retry(func() error { return unix.Mkfifo(path, mode) }))
}

// Unlink removes a name that is not a directory's (unlink(2)). Unlike os.Remove
// it leaves an empty directory alone and fails with EISDIR.
func Unlink(path string) error {
	return pathError("unlink", path, retry(func() error { return unix.Unlink(path) }))
}

// OpenFIFODuplex opens the FIFO at path for both reading and writing, without
// blocking: it never hangs up, because this descriptor itself is a writer
// (fifo(7)). A symbolic link is ELOOP, anything but a FIFO EINVAL. The
// descriptor is the caller's.
func OpenFIFODuplex(path string) (int, error) {
	fd, err := retry1(func() (int, error) {
		return unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	})
	if err != nil {
		return -1, pathError("open", path, err)
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	if err == nil && st.Mode&unix.S_IFMT != unix.S_IFIFO {
		err = unix.EINVAL
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, pathError("open FIFO", path, err)
	}
	return fd, nil
}

// EpollOf makes an epoll instance that is readable while one of the
// descriptors is. It belongs to the caller; it may be in another one itself.
func EpollOf(fds ...int) (int, error) {
	ep, err := Epoll()
	if err != nil {
		return -1, err
	}
	for _, fd := range fds {
		ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
		if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
			_ = unix.Close(ep)
			return -1, named("epoll_ctl", err)
		}
	}
	return ep, nil
}

// pathError gives the name of a call and of its object to a raw error number;
// nil stays nil.
func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
