package sys

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SocketInfo is what the kernel tells about a socket.
type SocketInfo struct {
	Unix      bool       // AF_UNIX; the other fields are filled for every family but Name
	Type      SocketType // SO_TYPE
	Listening bool       // SO_ACCEPTCONN
	Name      string     // the path, '@' and the abstract name, or "" if unbound
}

// InspectSocket asks about a descriptor that is a socket; ENOTSOCK if it is
// none.
func InspectSocket(f *os.File) (info SocketInfo, err error) {
	err = withFD(f, func(fd int) error {
		domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		if err != nil {
			return named("getsockopt SO_DOMAIN", err)
		}
		typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
		if err != nil {
			return named("getsockopt SO_TYPE", err)
		}
		listening, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
		if err != nil {
			return named("getsockopt SO_ACCEPTCONN", err)
		}
		info = SocketInfo{Unix: domain == unix.AF_UNIX, Type: SocketType(typ), Listening: listening != 0}
		info.Name, err = unixName(fd)
		return err
	})
	return info, err
}

func unixName(fd int) (string, error) {
	addr, err := unix.Getsockname(fd)
	if err != nil {
		return "", named("getsockname", err)
	}
	if u, ok := addr.(*unix.SockaddrUnix); ok {
		return u.Name, nil
	}
	return "", nil
}

// IsMemfd reports whether the file is memory without a name: a memfd, or an
// unlinked file of a tmpfs, which is the same to whoever holds it.
func IsMemfd(f *os.File) bool {
	return withFD(f, func(fd int) error {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return err
		}
		if st.Mode&unix.S_IFMT != unix.S_IFREG || st.Nlink != 0 {
			return unix.EINVAL
		}
		_, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0)
		return err
	}) == nil
}

// IsPTYMaster reports whether the file is the master of a pseudo-terminal.
func IsPTYMaster(f *os.File) bool {
	return withFD(f, func(fd int) error {
		_, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN) // only a master has it
		return err
	}) == nil
}

// IsPidfd reports whether the file is a pidfd. Since Linux 6.9 it has a file
// system of its own; before that only its name in /proc tells.
func IsPidfd(f *os.File) bool {
	return withFD(f, func(fd int) error {
		var st unix.Statfs_t
		if err := retry(func() error { return unix.Fstatfs(fd, &st) }); err != nil {
			return err
		}
		if st.Type == unix.PID_FS_MAGIC {
			return nil
		}
		link, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err == nil && link != "anon_inode:[pidfd]" {
			err = unix.EINVAL
		}
		return err
	}) == nil
}
