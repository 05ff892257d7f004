package rig

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Created waits for a file that is made.
type Created struct {
	t    testing.TB
	fd   int
	path string
}

// NewCreated watches for a file in a directory.
func NewCreated(t testing.TB, dir, name string) *Created {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	must(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	_, err = unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO)
	must(t, err)
	return &Created{t, fd, filepath.Join(dir, name)}
}

// Wait waits for it up to a limit, and reports whether it is there.
func (c *Created) Wait(limit time.Duration) bool {
	c.t.Helper()
	for deadline := time.Now().Add(limit); ; {
		if _, err := os.Lstat(c.path); err == nil {
			return true
		}
		if !readable(c.t, c.fd, time.Until(deadline)) {
			return false
		}
		_, err := unix.Read(c.fd, make([]byte, 4096))
		must(c.t, err)
	}
}
