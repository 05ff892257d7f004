package sys

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Inherit makes files of the descriptors that this process was started with,
// numbered from first on, one for each name, and sets them close-on-exec. The
// caller owns them from then on. If one is not open, Inherit fails with EBADF
// and leaves all as they were.
func Inherit(first int, names []string) ([]*os.File, error) {
	for i := range names {
		if _, err := unix.FcntlInt(uintptr(first+i), unix.F_GETFD, 0); err != nil {
			return nil, fmt.Errorf("descriptor %d: %w", first+i, named("fcntl F_GETFD", err))
		}
	}
	files := make([]*os.File, len(names))
	for i, name := range names {
		unix.CloseOnExec(first + i) // cannot fail: it is open
		files[i] = os.NewFile(uintptr(first+i), name)
	}
	return files, nil
}

// OwnPidfdID returns the number that identifies this process for the life of
// the system: the inode of its pidfd, on kernels with pidfs (Linux 6.9) and
// 64 bits, and ok false on others.
func OwnPidfdID() (id uint64, ok bool, err error) {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return 0, false, named("pidfd_open", err)
	}
	pidfd := os.NewFile(uintptr(fd), "pidfd")
	defer pidfd.Close()
	var fs unix.Statfs_t
	if err := retry(func() error { return unix.Fstatfs(fd, &fs) }); err != nil {
		return 0, false, named("fstatfs", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, false, named("fstat", err)
	}
	return st.Ino, fs.Type == unix.PID_FS_MAGIC, nil
}
