package container

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// handed is one request that a relay got.
type handed struct {
	request string
	file    *os.File
}

// relayStub is a relay that gives these answers, one to each connection; with
// "" it dies instead.
func relayStub(t *testing.T, answers ...string) (Dir, <-chan handed) {
	t.Helper()
	d := Dir{t.TempDir()}
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: d.Control(), Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan handed, len(answers))
	go func() {
		defer close(got)
		for _, answer := range answers {
			conn, err := l.AcceptUnix()
			if err != nil {
				return
			}
			got <- takeRequest(conn)
			_, _ = conn.Write([]byte(answer))
			_ = conn.Close()
		}
	}()
	return d, got
}

func takeRequest(conn *net.UnixConn) handed {
	buf, oob := make([]byte, 300), make([]byte, 300)
	n, oobn, _, _, err := conn.ReadMsgUnix(buf, oob)
	if err != nil {
		return handed{err.Error(), nil}
	}
	messages, _ := syscall.ParseSocketControlMessage(oob[:oobn])
	if len(messages) != 1 {
		return handed{string(buf[:n]) + " without a descriptor", nil}
	}
	fds, _ := syscall.ParseUnixRights(&messages[0])
	if len(fds) != 1 {
		return handed{string(buf[:n]) + " with many descriptors", nil}
	}
	return handed{string(buf[:n]), os.NewFile(uintptr(fds[0]), "handed")}
}

// TestStdin: the relay has the only writing end, also if one has died with a
// copy of it: what it writes arrives, and when it closes it, that is the end.
func TestStdin(t *testing.T) {
	d, got := relayStub(t, "", "", "K")
	l := &launcher{dir: d, record: &Record{Stdin: true}}
	r, err := l.stdin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var last *os.File
	for h := range got {
		if h.request != "stdin" || h.file == nil {
			t.Fatalf("request %q", h.request)
		}
		if last != nil {
			_ = last.Close()
		}
		last = h.file
	}
	if _, err := last.WriteString("typed"); err != nil {
		t.Error(err)
	}
	if err := last.Close(); err != nil {
		t.Error(err)
	}
	if text, err := io.ReadAll(r); string(text) != "typed" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// TestStdin_None: without --interactive, or with a terminal, no relay is
// asked.
func TestStdin_None(t *testing.T) {
	for _, r := range []*Record{{}, {Terminal: true}, {Terminal: true, Stdin: true}} {
		f, err := (&launcher{dir: Dir{"/nonexistent"}, record: r}).stdin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if f.Name() != os.DevNull {
			t.Errorf("%+v: %s", r, f.Name())
		}
		_ = f.Close()
	}
}

func TestHandRelay_Refused(t *testing.T) {
	for answer, want := range map[string]string{
		"E":          "the relay refused it",
		"Eno room":   "the relay refused it: no room",
		"\x02output": "the relay refused it",
	} {
		d, _ := relayStub(t, answer)
		err := handRelay(t.Context(), d, requestConsole, os.Stderr)
		if want := "hand console to the relay at " + d.Control() + ": " + want; err == nil || err.Error() != want {
			t.Errorf("answer %q: %v, want %s", answer, err, want)
		}
	}
	if err := handRelay(t.Context(), Dir{t.TempDir()}, requestStdin, os.Stderr); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a socket: %v", err)
	}
}

// TestHandRelay_Context: a relay that does not answer is waited for until the
// context ends, and what ended it is in the error.
func TestHandRelay_Context(t *testing.T) {
	d := Dir{t.TempDir()}
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: d.Control(), Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cause := errors.New("told to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		if conn, err := l.AcceptUnix(); err == nil {
			_ = takeRequest(conn).file.Close()
			cancel(cause)
			<-t.Context().Done()
			_ = conn.Close()
		}
	}()
	if err := handRelay(ctx, d, requestStdin, os.Stderr); !errors.Is(err, cause) {
		t.Error(err)
	}
}
