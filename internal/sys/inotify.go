package sys

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Inotify tells that files may have changed (inotify(7)). It does not tell
// which: whoever waits looks at them again.
type Inotify struct{ file *os.File }

// NewInotify returns an Inotify that watches nothing yet.
func NewInotify() (*Inotify, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, named("inotify_init1", err)
	}
	return &Inotify{os.NewFile(uintptr(fd), "inotify")}, nil
}

// Close ends all watches.
func (i *Inotify) Close() error { return i.file.Close() }

// WatchDir watches for entries that are created in the directory at path or
// renamed into or within it.
func (i *Inotify) WatchDir(path string) error {
	_, err := i.add(path, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ONLYDIR)
	return err
}

// WatchFile watches for writes to an open file and changes of its size, by
// whatever name it has or none. It returns the watch's number. The file is not
// kept; when it is closed and has no name, the watch is gone.
func (i *Inotify) WatchFile(f *os.File) (watch int, err error) {
	c, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	ctlErr := c.Control(func(fd uintptr) {
		watch, err = i.add("/proc/self/fd/"+strconv.Itoa(int(fd)), unix.IN_MODIFY)
	})
	return watch, errors.Join(ctlErr, err)
}

// Unwatch ends a watch. One that is gone is no error.
func (i *Inotify) Unwatch(watch int) error {
	err := i.control(func(fd int) error {
		_, err := unix.InotifyRmWatch(fd, uint32(watch))
		return err
	})
	if IsErrno(err, unix.EINVAL) {
		return nil
	}
	return named("inotify_rm_watch", err)
}

func (i *Inotify) add(path string, mask uint32) (watch int, err error) {
	err = i.control(func(fd int) error {
		watch, err = unix.InotifyAddWatch(fd, path, mask)
		return err
	})
	if err != nil {
		return 0, &fs.PathError{Op: "inotify_add_watch", Path: path, Err: err}
	}
	return watch, nil
}

func (i *Inotify) control(f func(fd int) error) error {
	c, err := i.file.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := c.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(ctlErr, err)
}

// Wait waits until something that is watched has changed since the last Wait,
// and returns context.Cause if ctx is done first.
func (i *Inotify) Wait(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := i.file.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = i.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var events [4096]byte
	_, err := i.file.Read(events[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}
