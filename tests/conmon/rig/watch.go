package rig

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Watch sees in which order files come and go in some directories: one queue of
// inotify(7) for all.
type Watch struct {
	t    testing.TB
	fd   int
	dirs map[int]string
	rest []byte
}

// NewWatch watches directories, under names of their own.
func NewWatch(t testing.TB, dirs map[string]string) *Watch {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	must(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	w := &Watch{t: t, fd: fd, dirs: map[int]string{}}
	for name, dir := range dirs {
		n, err := unix.InotifyAddWatch(fd, dir, unix.IN_MOVED_TO|unix.IN_DELETE)
		must(t, err)
		w.dirs[n] = name
	}
	return w
}

// Next returns the next event within the limit: "+DIR/FILE" for a file that was
// renamed to its name, "-DIR/FILE" for one that was removed; "" for none.
func (w *Watch) Next(limit time.Duration) string {
	w.t.Helper()
	if len(w.rest) == 0 {
		if !readable(w.t, w.fd, limit) {
			return ""
		}
		buf := make([]byte, 64<<10)
		n, err := unix.Read(w.fd, buf)
		must(w.t, err)
		w.rest = buf[:n]
	}
	ev := w.rest
	length := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(ev[12:]))
	w.rest = ev[length:]
	name := string(bytes.TrimRight(ev[unix.SizeofInotifyEvent:length], "\x00"))
	dir := w.dirs[int(binary.NativeEndian.Uint32(ev))]
	if binary.NativeEndian.Uint32(ev[4:])&unix.IN_DELETE != 0 {
		return "-" + dir + "/" + name
	}
	return "+" + dir + "/" + name
}

// All returns the events that are there already.
func (w *Watch) All() []string {
	w.t.Helper()
	var list []string
	for ev := w.Next(0); ev != ""; ev = w.Next(0) {
		list = append(list, ev)
	}
	return list
}
