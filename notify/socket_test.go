package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/notify"
)

// pair returns a manager's end and a service's end.
func pair(t *testing.T, path string) (*notify.Listener, *notify.Socket) {
	t.Helper()
	l, err := notify.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	s, err := notify.FromEnv()
	if err != nil || s == nil {
		t.Fatalf("FromEnv: %v, %v", s, err)
	}
	t.Cleanup(func() { s.Close() })
	return l, s
}

func receive(t *testing.T, l *notify.Listener) notify.Message {
	t.Helper()
	m, err := l.Receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestSocket_Send(t *testing.T) {
	for _, path := range []string{
		filepath.Join(t.TempDir(), "notify"),
		fmt.Sprintf("@unitmon-test-%d", os.Getpid()),
	} {
		l, s := pair(t, path)
		if err := s.Send(notify.Ready, notify.Status("up")); err != nil {
			t.Fatal(err)
		}
		m := receive(t, l)
		if diff := cmp.Diff([]string{"READY=1", "STATUS=up"}, m.State.Lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
		want := notify.Credentials{PID: os.Getpid(), UID: uint32(os.Getuid()), GID: uint32(os.Getgid())}
		if m.From != want {
			t.Errorf("%s: from %v, want %v", path, m.From, want)
		}
	}
}

func TestSocket_Checks(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	for name, states := range map[string][]string{
		"none": {}, "newline": {"A=1\nB=2"}, "NUL": {"A=\x00"}, "no assignment": {"READY"},
		"no name": {"=1"}, "empty": {"READY=1", ""},
		"too long": {"A=" + strings.Repeat("x", notify.MaxMessage-1)},
	} {
		if err := s.Send(states...); !errors.Is(err, notify.ErrMessage) {
			t.Errorf("%s: %v, want ErrMessage", name, err)
		}
	}
	for _, name := range []string{"", "a:b", "a\n", "ä", strings.Repeat("x", 256)} {
		if err := errors.Join(s.Store(name, true, os.Stdin), s.Remove(name)); !errors.Is(err, notify.ErrMessage) {
			t.Errorf("name %q: %v, want ErrMessage", name, err)
		}
	}
	if err := s.SendFiles([]string{"FDSTORE=1"}, make([]*os.File, notify.MaxFiles+1)...); err == nil {
		t.Error("254 files were sent")
	}
	// Nothing of all that was sent; the longest message is.
	longest := "A=" + strings.Repeat("x", notify.MaxMessage-2)
	if err := s.Send(longest); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, l); m.State.Lines[0] != longest {
		t.Errorf("received %.100q", m.State.Lines)
	}
}

func TestSocket_NoManager(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	s, err := notify.FromEnv()
	if s != nil || err != nil {
		t.Fatalf("%v, %v; want nil, nil", s, err)
	}
	if err := errors.Join(s.Send(notify.Ready), s.SendFiles(nil, os.Stdin), s.Store("a", true, os.Stdin),
		s.Remove("a"), s.Barrier(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"relative", "vsock:2:1234", "@", "/" + strings.Repeat("x", 107)} {
		t.Setenv("NOTIFY_SOCKET", path)
		if s, err := notify.FromEnv(); err == nil {
			s.Close()
			t.Errorf("%q: no error", path)
		}
	}
	s, err = notify.Open(filepath.Join(t.TempDir(), "absent"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Send(notify.Ready); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist", err)
	}
}

// TestSocket_FullQueue: Send waits for room; every message arrives, in order.
func TestSocket_FullQueue(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	const count = 2000 // more than net.unix.max_dgram_qlen, 10 to 512
	done := make(chan error)
	go func() {
		for i := range count {
			if err := s.Send(notify.Status(fmt.Sprint(i))); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for i := range count {
		if got := receive(t, l).State.Status.V; got != fmt.Sprint(i) {
			t.Fatalf("message %d is %q", i, got)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSocket_Store(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := s.Store("out", false, w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	m := receive(t, l)
	if !m.State.FDStore || m.State.FDName != "out" || !m.State.FDNoPoll || len(m.Files) != 1 {
		t.Fatalf("received %+v with %d files", m.State, len(m.Files))
	}
	m.Files[0].WriteString("alive")
	m.Close()
	var buf [16]byte
	if n, _ := r.Read(buf[:]); string(buf[:n]) != "alive" {
		t.Errorf("read %q through the stored descriptor", buf[:n])
	}
	if err := errors.Join(s.Store("in", true, r), s.Remove("in")); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, l); m.State.FDNoPoll || m.State.FDName != "in" {
		t.Errorf("polled store: %+v", m.State)
	}
	if m := receive(t, l); !m.State.FDRemove || m.State.FDName != "in" {
		t.Errorf("remove: %+v", m.State)
	}
}

func TestSocket_ManyFiles(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	files := make([]*os.File, notify.MaxFiles)
	for i := range files {
		files[i] = os.Stdin
	}
	if err := s.SendFiles([]string{"FDSTORE=1"}, files...); err != nil {
		t.Fatal(err)
	}
	if m := receive(t, l); len(m.Files) != notify.MaxFiles {
		t.Errorf("%d files arrived", len(m.Files))
	}
}

func TestSocket_Barrier(t *testing.T) {
	l, s := pair(t, filepath.Join(t.TempDir(), "notify"))
	done := make(chan error)
	go func() { done <- s.Barrier(t.Context()) }()
	m := receive(t, l)
	if !m.State.Barrier || len(m.State.Lines) != 1 || len(m.Files) != 1 {
		t.Fatalf("received %+v with %d files", m.State, len(m.Files))
	}
	select {
	case err := <-done:
		t.Fatalf("the barrier ended before the manager closed it: %v", err)
	default:
	}
	m.Close()
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { done <- s.Barrier(ctx) }()
	receive(t, l)
	cancel(cause)
	if err := <-done; !errors.Is(err, cause) {
		t.Errorf("%v, want the cause", err)
	}
}
