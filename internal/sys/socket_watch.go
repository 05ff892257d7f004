package sys

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// WatchCreated returns an inotify(7) descriptor that becomes readable when an
// entry is created in, or moved into, the directory, or the directory goes.
func WatchCreated(dir string) (*os.File, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, named("inotify_init1", err)
	}
	watch := os.NewFile(uintptr(fd), "inotify")
	_, err = unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE_SELF|unix.IN_ONLYDIR)
	if err != nil {
		watch.Close()
		return nil, &fs.PathError{Op: "inotify_add_watch", Path: dir, Err: err}
	}
	return watch, nil
}
