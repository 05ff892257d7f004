package sys

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// RightsSpace is how large a buffer for control messages must be to take all
// descriptors that one message can carry.
const RightsSpace = 16 + 4*(MaxFiles+1) // CMSG_SPACE(4*MaxFiles), which is no constant

// BindDatagram makes a non-blocking datagram socket and binds it to a name in
// the directory, whose path may have any length. What is there by that name
// is removed first, unless it is a directory. The mode is exactly as given,
// whatever the umask. On failure no socket is left.
func BindDatagram(dir, name string, mode fs.FileMode) (fd int, err error) {
	path := filepath.Join(dir, name)
	parent, err := retry1(func() (int, error) {
		return unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	defer func() { _ = unix.Close(parent) }()
	if err := unix.Unlinkat(parent, name, 0); err != nil && err != unix.ENOENT { //nolint:errorlint // straight from the kernel
		return -1, &fs.PathError{Op: "unlink", Path: path, Err: err}
	}
	if fd, err = DatagramFD(0); err != nil {
		return -1, err
	}
	// By way of the directory's descriptor, because an address holds no more
	// than 107 bytes (unix(7)).
	at := fmt.Sprintf("/proc/self/fd/%d/%s", parent, name)
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: at}); err != nil {
		return -1, errors.Join(&fs.PathError{Op: "bind", Path: path, Err: err}, Close(fd))
	}
	if err := chmodAt(parent, name, mode); err != nil {
		err = &fs.PathError{Op: "chmod", Path: path, Err: err}
		return -1, errors.Join(err, unix.Unlinkat(parent, name, 0), Close(fd))
	}
	return fd, nil
}

// chmodAt changes the mode of a directory's entry, and never that of another
// file through a symbolic link. (fchmodat2(2), which could, is Linux 6.6.)
func chmodAt(dir int, name string, mode fs.FileMode) error {
	fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return unix.ENOTSOCK
	}
	return unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), uint32(mode.Perm()))
}

// SendDatagram sends p as one datagram from an unconnected socket, without
// blocking: EAGAIN if the receiver's queue is full.
func SendDatagram(fd int, p []byte, to *UnixAddr) error {
	return named("sendto", retry(func() error { return unix.Sendto(fd, p, sendFlags, to.sockaddr()) }))
}

// ReceiveRights receives one datagram without blocking, EAGAIN if there is
// none. What does not fit into p is cut off. The descriptors that came with it
// are close-on-exec and the caller's; control holds the kernel's form of them
// meanwhile and should be RightsSpace bytes long.
//
// The descriptors are bare numbers on purpose: a hostile sender chooses what
// is behind them, and to make a file of one, to ask for its type, even to
// close it may block for as long as that sender wants.
func ReceiveRights(fd int, p, control []byte) (n int, fds []int, err error) {
	var size int
	err = retry(func() (err error) {
		n, size, _, _, err = unix.Recvmsg(fd, p, control, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
		return err
	})
	if err != nil {
		return 0, nil, named("recvmsg", err)
	}
	if size == 0 {
		return n, nil, nil
	}
	messages, err := unix.ParseSocketControlMessage(control[:size])
	for i := range messages {
		// Other kinds are EINVAL, and not asked for.
		if got, err := unix.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, got...)
		}
	}
	return n, fds, named("recvmsg", err)
}
