package sys

import (
	"encoding/binary"
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"
)

// ENODEV is what an open file of a cgroup fails with once that is removed.
const ENODEV = unix.ENODEV

// IsCgroup2 reports whether path is in a cgroup v2 file system (statfs(2)).
func IsCgroup2(path string) (bool, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(path, &st) }); err != nil {
		return false, &fs.PathError{Op: "statfs", Path: path, Err: err}
	}
	return st.Type == unix.CGROUP2_SUPER_MAGIC, nil
}

// OpenDirFD opens a directory as a place to look for entries in, nothing else
// (O_PATH).
func OpenDirFD(path string) (int, error) {
	fd, err := retry1(func() (int, error) {
		return unix.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// OpenFileIn opens an existing file of a directory, for reading or else for
// writing. It follows no symbolic link.
func OpenFileIn(dir int, name string, write bool) (int, error) {
	flags := unix.O_RDONLY
	if write {
		flags = unix.O_WRONLY
	}
	fd, err := retry1(func() (int, error) {
		return unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return fd, nil
}

// ExistsIn reports whether a directory, which may have been removed meanwhile,
// has an entry of this name.
func ExistsIn(dir int, name string) bool {
	return unix.Faccessat(dir, name, unix.F_OK, unix.AT_SYMLINK_NOFOLLOW) == nil
}

// ReadStart reads from the start of a file, wherever its offset is.
func ReadStart(fd int, p []byte) (int, error) {
	n, err := retry1(func() (int, error) { return unix.Pread(fd, p, 0) })
	return max(n, 0), named("pread", err)
}

// WriteStart makes one write to the start of a file.
func WriteStart(fd int, p []byte) error {
	_, err := retry1(func() (int, error) { return unix.Pwrite(fd, p, 0) })
	return named("pwrite", err)
}

// ReadCounter takes what an eventfd(2) has counted since the last time; 0 if
// nothing.
func ReadCounter(fd int) (uint64, error) {
	var b [8]byte
	_, err := ReadNow(fd, b[:])
	if err != nil && !IsErrno(err, EAGAIN) {
		return 0, err
	}
	return binary.NativeEndian.Uint64(b[:]), nil
}

// InotifyFD makes an inotify(7) instance that does not block.
func InotifyFD() (int, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return -1, named("inotify_init1", err)
	}
	return fd, nil
}

// WatchModified makes an inotify instance tell when the open file is written
// to, by whatever name. The file must stay open.
func WatchModified(inotify, file int) error {
	_, err := unix.InotifyAddWatch(inotify, "/proc/self/fd/"+strconv.Itoa(file), unix.IN_MODIFY)
	return named("inotify_add_watch", err)
}

// ReadModified takes at most 4 KiB of waiting events, and reports whether one
// of them says that a file has been, or may have been, modified.
func ReadModified(inotify int) (bool, error) {
	var b [4096]byte
	n, err := ReadNow(inotify, b[:])
	if err != nil && !IsErrno(err, EAGAIN) {
		return false, err
	}
	modified := false
	for at := 0; at+unix.SizeofInotifyEvent <= n; {
		// struct inotify_event: wd, mask, cookie, len, and len bytes of name.
		mask := binary.NativeEndian.Uint32(b[at+4:])
		modified = modified || mask&(unix.IN_MODIFY|unix.IN_Q_OVERFLOW) != 0
		at += unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[at+12:]))
	}
	return modified, nil
}
