package sys

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// OpenFIFOWriter opens the FIFO at path for writing in blocking mode, as a
// program expects its standard output to be. It does not wait for a reader:
// without one it fails with ENXIO (fifo(7)).
func OpenFIFOWriter(path string) (*os.File, error) {
	fd, err := retry1(func() (int, error) {
		return unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		unix.Close(fd)
		return nil, &fs.PathError{Op: "fcntl", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Lock takes the flock(2) of f, shared or exclusive, and waits for it. The
// kernel drops it when the last copy of the open file is closed, so a dead
// process never keeps it.
func Lock(f *os.File, exclusive bool) error {
	how := unix.LOCK_SH
	if exclusive {
		how = unix.LOCK_EX
	}
	err := retry(func() error { return unix.Flock(int(f.Fd()), how) })
	if err != nil {
		return &fs.PathError{Op: "flock", Path: f.Name(), Err: err}
	}
	return nil
}

// Unlock drops the flock(2) of f.
func Unlock(f *os.File) error {
	return named("flock", unix.Flock(int(f.Fd()), unix.LOCK_UN))
}

// Monotonic is CLOCK_MONOTONIC, the clock of the manager's …Monotonic
// timestamps.
func Monotonic() time.Duration {
	var t unix.Timespec
	// The call cannot fail for a clock that every Linux has.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &t)
	return time.Duration(t.Nano())
}

// WriteFile replaces the file at path in one step: a reader sees the old
// content or the new one. The mode is 0600. Nothing is left behind on failure.
func WriteFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// FIFOPending is how many bytes wait in the FIFO at path (FIONREAD, pipe(7)).
func FIFOPending(path string) (int, error) {
	fd, err := retry1(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	})
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer func() { _ = unix.Close(fd) }()
	n, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
	return n, named("ioctl(FIONREAD)", err)
}

// ReadNow reads from a non-blocking descriptor; EAGAIN when nothing is there.
func ReadNow(fd int, p []byte) (int, error) {
	n, err := retry1(func() (int, error) { return unix.Read(fd, p) })
	return max(n, 0), named("read", err)
}
