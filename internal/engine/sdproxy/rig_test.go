package sdproxy

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/notify"
)

// rig is a proxy between a container and a host, all of them this process.
type rig struct {
	*Proxy
	t         *testing.T
	container *notify.Socket
	path      string // of the host's socket
	own       string // of the container's
	host      *net.UnixConn
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "host")}
	bundle := newBundle(t)
	r.Proxy = listen(t, bundle, r.path)
	r.own = filepath.Join(bundle, "notify/notify.sock")
	r.container = open(t, r.own)
	return r
}

func newBundle(t *testing.T) string {
	t.Helper()
	bundle := t.TempDir()
	if err := os.Mkdir(filepath.Join(bundle, "notify"), 0o700); err != nil {
		t.Fatal(err)
	}
	return bundle
}

func listen(t *testing.T, bundle, host string) *Proxy {
	t.Helper()
	p, err := Listen(bundle, host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func open(t *testing.T, path string) *notify.Socket {
	t.Helper()
	s, err := notify.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// bind makes the host's socket.
func (r *rig) bind() {
	r.t.Helper()
	host, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: r.path, Net: "unixgram"})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { host.Close() })
	r.host = host
}

// leave closes and removes the host's socket.
func (r *rig) leave() {
	r.t.Helper()
	if err := errors.Join(r.host.Close(), os.Remove(r.path)); err != nil {
		r.t.Fatal(err)
	}
}

// say sends from the container and lets the proxy handle it.
func (r *rig) say(states ...string) error {
	r.t.Helper()
	if err := r.container.Send(states...); err != nil {
		r.t.Fatal(err)
	}
	return r.ready()
}

// ready waits until the proxy wants to be called, and calls it.
func (r *rig) ready() error {
	r.t.Helper()
	await(r.t, r.FD())
	return r.Ready()
}

// readyUntil calls the proxy whenever it wants, until a condition holds.
func (r *rig) readyUntil(holds func() bool) {
	r.t.Helper()
	for !holds() {
		if err := r.ready(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// expect receives messages on the host.
func (r *rig) expect(messages ...string) {
	r.t.Helper()
	for _, want := range messages {
		if got := r.heard(); got != want {
			r.t.Errorf("the host got %.100q, want %.100q", got, want)
		}
	}
}

func (r *rig) heard() string {
	r.t.Helper()
	b := make([]byte, 64<<10)
	n, err := r.host.Read(b)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b[:n])
}

// silent checks that nothing more is there for the host.
func (r *rig) silent() {
	r.t.Helper()
	if waiting(r.t, r.host) {
		r.t.Errorf("the host got %.100q as well", r.heard())
	}
}

// await waits until fd is readable.
func await(t *testing.T, fd int) {
	t.Helper()
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

// readable reports whether fd is, now.
func readable(t *testing.T, fd int) bool {
	t.Helper()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		if err == nil {
			return n > 0
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

// waiting reports whether a connection has something to read.
func waiting(t *testing.T, c *net.UnixConn) (is bool) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { is = readable(t, int(fd)) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// descriptors lists those that are open.
func descriptors(t *testing.T) map[string]string {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil { // but that of the list itself
			all[e.Name()] = to
		}
	}
	return all
}

// pipe returns a pipe's ends.
func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

func abstractName(t *testing.T) string {
	return fmt.Sprintf("@unitmon-%s-%d", t.Name(), os.Getpid())
}
