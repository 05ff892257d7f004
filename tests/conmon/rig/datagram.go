package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Datagrams is a socket such as a service manager's for notifications.
type Datagrams struct {
	t  testing.TB
	fd int
}

// NewDatagrams binds a socket; a name that begins with @ is an abstract one.
func NewDatagrams(t testing.TB, name string) *Datagrams {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	must(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1))
	must(t, unix.Bind(fd, &unix.SockaddrUnix{Name: name}))
	return &Datagrams{t, fd}
}

// Next waits for a datagram and returns it, and its sender's pid.
func (d *Datagrams) Next() (text string, pid int) {
	d.t.Helper()
	text, pid, ok := d.Within(Patience)
	if !ok {
		d.t.Fatalf("no datagram within %s", Patience)
	}
	return text, pid
}

// Within is Next with a limit; ok is false if nothing came.
func (d *Datagrams) Within(limit time.Duration) (text string, pid int, ok bool) {
	d.t.Helper()
	if !readable(d.t, d.fd, limit) {
		return "", 0, false
	}
	buf, oob := make([]byte, 64<<10), make([]byte, 128)
	n, oobn, _, _, err := unix.Recvmsg(d.fd, buf, oob, unix.MSG_CMSG_CLOEXEC)
	must(d.t, err)
	list, err := unix.ParseSocketControlMessage(oob[:oobn])
	must(d.t, err)
	for i := range list {
		if c, err := unix.ParseUnixCredentials(&list[i]); err == nil {
			pid = int(c.Pid)
		}
	}
	return string(buf[:n]), pid, true
}

// SendDatagram sends one to a path of any length.
func SendDatagram(t testing.TB, path, text string) {
	t.Helper()
	dir, err := os.Open(filepath.Dir(path))
	must(t, err)
	defer func() { _ = dir.Close() }()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	defer func() { _ = unix.Close(fd) }()
	to := &unix.SockaddrUnix{Name: fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))}
	must(t, unix.Sendto(fd, []byte(text), 0, to))
}
