package rig

import (
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Hold holds processes in open(2) of files in a directory until they are let
// go, by permission events of fanotify(7). So a test can look at the moment in
// which a monitor makes a file.
type Hold struct {
	t  testing.TB
	fd int
}

// NewHold begins to hold who opens a file in dir. It must be released, or the
// process waits for ever; the end of the test does it.
func NewHold(t testing.TB, dir string) *Hold {
	t.Helper()
	fd, err := unix.FanotifyInit(unix.FAN_CLASS_CONTENT|unix.FAN_CLOEXEC|unix.FAN_NONBLOCK, unix.O_RDONLY)
	if err != nil {
		t.Fatal(os.NewSyscallError("fanotify_init", err))
	}
	h := &Hold{t, fd}
	t.Cleanup(h.Release)
	if err := unix.FanotifyMark(fd, unix.FAN_MARK_ADD, unix.FAN_OPEN_PERM|unix.FAN_EVENT_ON_CHILD, unix.AT_FDCWD, dir); err != nil {
		t.Fatalf("fanotify_mark %s: %v", dir, err)
	}
	return h
}

// Wait waits until a process opens a file, lets it wait, and returns its name
// and pid. Allow lets it go.
func (h *Hold) Wait() (name string, pid int, allow func()) {
	h.t.Helper()
	if !readable(h.t, h.fd, Patience) {
		h.t.Fatalf("nobody opens a file within %s", Patience)
	}
	buf := make([]byte, 24) // one event: fanotify_event_metadata
	n, err := unix.Read(h.fd, buf)
	if err != nil || n != len(buf) {
		h.t.Fatalf("read of %d bytes from fanotify: %v", n, err)
	}
	fd, pid := int32(binary.NativeEndian.Uint32(buf[16:])), int(binary.NativeEndian.Uint32(buf[20:]))
	name, err = os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
	must(h.t, err)
	return name, pid, func() {
		answer := binary.NativeEndian.AppendUint32(nil, uint32(fd))
		answer = binary.NativeEndian.AppendUint32(answer, unix.FAN_ALLOW)
		_, err := unix.Write(h.fd, answer)
		_ = unix.Close(int(fd))
		must(h.t, err)
	}
}

// Release lets everybody go, and holds nobody any more.
func (h *Hold) Release() {
	if h.fd >= 0 {
		_ = unix.Close(h.fd)
	}
	h.fd = -1
}
