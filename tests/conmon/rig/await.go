package rig

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// AwaitRecord waits until a log has a record.
func (r *Run) AwaitRecord(name, want string) {
	r.t.Helper()
	r.awaitChange(name, func() bool { return slices.Contains(r.Joined(name), want) })
}

// AwaitFile waits until a file is there.
func (r *Run) AwaitFile(name string) {
	r.t.Helper()
	r.awaitChange(name, func() bool {
		_, err := os.Lstat(r.Path(name))
		return err == nil
	})
}

// awaitChange waits until done is satisfied, and asks it whenever something
// has changed in the directory of a file.
func (r *Run) awaitChange(name string, done func() bool) {
	r.t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	must(r.t, err)
	defer func() { _ = unix.Close(fd) }()
	_, err = unix.InotifyAddWatch(fd, filepath.Dir(r.Path(name)), unix.IN_CREATE|unix.IN_MODIFY|unix.IN_MOVED_TO|unix.IN_DELETE)
	must(r.t, err)
	buf := make([]byte, 64<<10)
	for !done() {
		if !readable(r.t, fd, Patience) {
			r.t.Fatalf("%s: waited for %s in vain; it is %q", r.m.Name, name, r.Read(name))
		}
		_, err := unix.Read(fd, buf)
		must(r.t, err)
	}
}

// CtlRead is Ctl, and waits until the monitor has read it: the FIFO is made to
// have room for one piece only, and room again means that it was taken.
func (r *Run) CtlRead(name, text string) {
	r.t.Helper()
	if !r.CtlWithin(name, text, Patience) {
		r.t.Fatalf("%s: nobody reads %s", r.m.Name, name)
	}
}

// CtlWithin is CtlRead with a limit; it returns false if nobody reads it.
func (r *Run) CtlWithin(name, text string, limit time.Duration) bool {
	r.t.Helper()
	f, err := os.OpenFile(filepath.Join(r.Bundle, name), os.O_WRONLY|unix.O_NONBLOCK, 0)
	must(r.t, err)
	defer func() { _ = f.Close() }()
	fd := int(f.Fd())
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, os.Getpagesize())
	must(r.t, err)
	_, err = f.WriteString(text)
	must(r.t, err)
	return await(r.t, fd, unix.POLLOUT, limit)
}

// Await waits for a line of a FIFO and returns it.
func (r *Run) Await(name string) string {
	r.t.Helper()
	f := r.Open(name)
	if !readable(r.t, int(f.Fd()), Patience) {
		r.t.Fatalf("%s: nothing came through %s", r.m.Name, name)
	}
	buf := make([]byte, 4096)
	n, err := f.Read(buf)
	must(r.t, err)
	return string(buf[:n])
}
