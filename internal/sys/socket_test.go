package sys

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseUnixAddr(t *testing.T) {
	for name, want := range map[string]struct {
		raw string
		dir string
		err error
	}{
		"/run/x":                       {"/run/x\x00", "/run", nil},
		"/x":                           {"/x\x00", "/", nil},
		"@x":                           {"\x00x", "", nil},
		"/" + strings.Repeat("x", 106): {"/" + strings.Repeat("x", 106) + "\x00", "/", nil},
		"@" + strings.Repeat("x", 107): {"\x00" + strings.Repeat("x", 107), "", nil},
		"/" + strings.Repeat("x", 107): {err: Errno(36)}, // ENAMETOOLONG
		"@" + strings.Repeat("x", 108): {err: Errno(36)},
		"":                             {err: Errno(22)}, // EINVAL
		"@":                            {err: Errno(22)},
		"/":                            {err: Errno(22)},
		"x":                            {err: Errno(22)},
		"/a\x00b":                      {err: Errno(22)},
	} {
		a, err := ParseUnixAddr(name)
		if !errors.Is(err, want.err) {
			t.Errorf("%q: %v, want %v", name, err, want.err)
		}
		if err != nil {
			continue
		}
		var raw []byte
		for _, c := range a.raw.Path[:a.size-2] {
			raw = append(raw, byte(c))
		}
		if string(raw) != want.raw || a.Dir() != want.dir || a.String() != name {
			t.Errorf("%q: %q in %q", name, raw, a.Dir())
		}
	}
}

// receiver binds a datagram socket and fills its queue from a Datagram.
func receiver(t *testing.T) (*UnixSocket, *Datagram) {
	t.Helper()
	d, err := OpenDatagram(filepath.Join(t.TempDir(), "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	r, err := OpenUnixSocket(SockDatagram)
	if err == nil {
		err = r.Bind(d.Addr())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, d
}

func fill(t *testing.T, d *Datagram) {
	t.Helper()
	for {
		if err := d.Send([]byte("fill")); IsErrno(err, EAGAIN) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestDatagram_WaitRoom: it does wait while the receiver's queue is full,
// although the socket itself is writable, and returns when it is not.
func TestDatagram_WaitRoom(t *testing.T) {
	r, d := receiver(t)
	fill(t, d)
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := d.WaitRoom(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("full: %v, want to wait for ever", err)
	}
	woken := make(chan error)
	go func() { woken <- d.WaitRoom(t.Context()) }()
	if _, err := r.Receive(t.Context(), make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	if err := d.Send([]byte("more")); err != nil {
		t.Errorf("after the wait: %v", err)
	}
}

// TestDatagram_WaitRoomReceiverCloses: a waiter is not forgotten.
func TestDatagram_WaitRoomReceiverCloses(t *testing.T) {
	r, d := receiver(t)
	fill(t, d)
	woken := make(chan error)
	go func() { woken <- d.WaitRoom(t.Context()) }()
	r.Close()
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	if err := d.Send(nil); !receiverGone(err) {
		t.Errorf("after the wait: %v", err)
	}
}

func TestDatagram_WaitReceiver(t *testing.T) {
	r, d := receiver(t)
	if err := d.WaitReceiver(t.Context()); err != nil {
		t.Errorf("bound already: %v", err)
	}
	r.Close()
	os.Remove(d.Addr().String())
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if err := d.WaitReceiver(ctx); !errors.Is(err, cause) {
		t.Errorf("%v, want the cause", err)
	}
	woken := make(chan error)
	go func() {
		err := d.Send(nil)
		for receiverGone(err) {
			if err = d.WaitReceiver(t.Context()); err == nil {
				err = d.Send(nil)
			}
		}
		woken <- err
	}()
	again, err := OpenUnixSocket(SockDatagram)
	if err == nil {
		err = again.Bind(d.Addr())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := <-woken; err != nil {
		t.Error(err)
	}
}

func TestUnixSocket_Receive(t *testing.T) {
	r, d := receiver(t)
	if err := r.PassCredentials(); err != nil {
		t.Fatal(err)
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pr.Close()
	if err := d.Send([]byte("0123456789"), pw, os.Stderr); err != nil {
		t.Fatal(err)
	}
	pw.Close()
	// Too long for the buffer: its descriptors are closed, so the pipe ends.
	if _, err := r.Receive(t.Context(), make([]byte, 9)); !errors.Is(err, ErrTruncated) {
		t.Fatalf("%v, want ErrTruncated", err)
	}
	if err := AwaitEOF(t.Context(), pr); err != nil {
		t.Fatal(err)
	}
	if err := d.Send([]byte("0123456789"), pr); err != nil {
		t.Fatal(err)
	}
	m, err := r.Receive(t.Context(), make([]byte, 10))
	if err != nil {
		t.Fatal(err)
	}
	want := Credentials{os.Getpid(), uint32(os.Getuid()), uint32(os.Getgid())}
	if !bytes.Equal(m.Data, []byte("0123456789")) || len(m.Files) != 1 || m.From != want {
		t.Errorf("received %+v", m)
	}
	sent, _ := pr.Stat()
	got, err := m.Files[0].Stat()
	if err != nil || !os.SameFile(sent, got) {
		t.Errorf("another file arrived: %v", err)
	}
	if err := m.Close(); err != nil || m.Files != nil {
		t.Error(err)
	}
}

// TestAwaitIO: the end of ctx does not outlast the call.
func TestAwaitIO(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := AwaitEOF(ctx, r); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) && err != context.Cause(ctx) {
		t.Errorf("%v, want the cause", err)
	}
	w.Close()
	if err := AwaitEOF(t.Context(), r); err != nil {
		t.Errorf("second wait: %v", err)
	}
}
