package journal_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// listen binds a datagram socket as journald would.
func listen(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func dial(t *testing.T, path string) *journal.Conn {
	t.Helper()
	c, err := journal.Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func message(t *testing.T, text string) *journal.Entry {
	t.Helper()
	e := new(journal.Entry)
	if err := e.AppendString(journal.Message, text); err != nil {
		t.Fatal(err)
	}
	return e
}

func receive(t *testing.T, l *net.UnixConn) journal.Fields {
	t.Helper()
	buf := make([]byte, 1<<20)
	n, err := l.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := journal.Parse(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestDial_Checks(t *testing.T) {
	for _, path := range []string{"", "relative", "/a\x00b", "/" + strings.Repeat("x", 107)} {
		if c, err := journal.Dial(path); err == nil {
			c.Close()
			t.Errorf("Dial(%q) did not fail", path)
		}
	}
}

func TestConn_Send(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	c := dial(t, path)
	if err := c.Send(message(t, "early")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a socket: %v, want ErrNotExist", err)
	}
	l := listen(t, path)
	if err := c.Send(message(t, "hello")); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, l).Get("MESSAGE"); got != "hello" {
		t.Errorf("received %q", got)
	}
}

// fill sends until the queue is full and returns how many entries it took.
func fill(t *testing.T, c *journal.Conn) int {
	t.Helper()
	for n := range 1 << 20 {
		err := c.Send(message(t, "fill"))
		if errors.Is(err, journal.ErrAgain) && errors.Is(err, sys.EAGAIN) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the queue has no end")
	return 0
}

// TestConn_SendWait: the waiting entry arrives after the ones that were in
// its way, whether the send buffer or the receiver's queue was full.
func TestConn_SendWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listen(t, path)
	c := dial(t, path)
	for range 3 { // the probe is used again
		n := fill(t, c)
		sent := make(chan error)
		go func() { sent <- c.SendWait(t.Context(), message(t, "last")) }()
		for i := range n {
			if got := receive(t, l).Get("MESSAGE"); got != "fill" {
				t.Fatalf("entry %d is %q", i, got)
			}
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		if got := receive(t, l).Get("MESSAGE"); got != "last" {
			t.Fatalf("last entry is %q", got)
		}
	}
}

func TestConn_SendWaitEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listen(t, path)
	c := dial(t, path)
	fill(t, c)
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	sent := make(chan error)
	go func() { sent <- c.SendWait(ctx, message(t, "never")) }()
	cancel(cause)
	if err := <-sent; !errors.Is(err, cause) || !errors.Is(err, journal.ErrAgain) {
		t.Fatalf("%v, want the cause and ErrAgain", err)
	}
	// The Conn is good for more.
	receive(t, l)
	if err := c.SendWait(t.Context(), message(t, "again")); err != nil {
		t.Fatal(err)
	}
}

// TestConn_SocketReplaced: journald's socket goes (with its queue full, and
// with somebody waiting) and comes back.
func TestConn_SocketReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listen(t, path)
	c := dial(t, path)
	fill(t, c)
	sent := make(chan error)
	go func() { sent <- c.SendWait(t.Context(), message(t, "kept")) }()
	l.Close() // the inode stays: ECONNREFUSED
	if err := sendFromOther(t, path); !errors.Is(err, sys.ECONNREFUSED) {
		t.Fatalf("dead socket: %v, want ECONNREFUSED", err)
	}
	if err := os.Remove(path); err != nil { // ENOENT
		t.Fatal(err)
	}
	l = listen(t, path)
	if got := receive(t, l).Get("MESSAGE"); got != "kept" {
		t.Errorf("received %q", got)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func sendFromOther(t *testing.T, path string) error {
	return dial(t, path).Send(message(t, "other"))
}

func TestConn_NoDirectory(t *testing.T) {
	c := dial(t, filepath.Join(t.TempDir(), "absent", "socket"))
	if err := c.SendWait(t.Context(), message(t, "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want ErrNotExist at once", err)
	}
}

// TestConn_Memfd: what is too large for a datagram comes as one sealed file
// with an empty payload.
func TestConn_Memfd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	receiver, err := sys.OpenUnixSocket(sys.SockDatagram)
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	addr, err := sys.ParseUnixAddr(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Bind(addr); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x\n", 1<<19)
	if err := dial(t, path).Send(message(t, big)); err != nil {
		t.Fatal(err)
	}
	m, err := receiver.Receive(t.Context(), make([]byte, 1024))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if len(m.Data) != 0 || len(m.Files) != 1 {
		t.Fatalf("%d bytes and %d files, want 0 and 1", len(m.Data), len(m.Files))
	}
	if !sys.IsMemfd(m.Files[0]) {
		t.Error("the file is not a memfd")
	}
	if _, err := m.Files[0].WriteAt([]byte("x"), 0); err == nil {
		t.Error("the file can be written: not sealed")
	}
	content := make([]byte, 2<<20)
	n, _ := m.Files[0].ReadAt(content, 0)
	fields, err := journal.Parse(content[:n])
	if err != nil || fields.Get("MESSAGE") != big {
		t.Errorf("content: %v", err)
	}
}

func TestConn_SetSendBuffer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listen(t, path)
	c := dial(t, path)
	got, err := c.SetSendBuffer(32 << 10)
	if err != nil || got < 32<<10 {
		t.Fatalf("send buffer %d, %v", got, err)
	}
	if err := c.Send(message(t, strings.Repeat("x", 16<<10))); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, l).Get("MESSAGE"); len(got) != 16<<10 {
		t.Errorf("%d bytes arrived as a datagram", len(got))
	}
}

func TestConn_SendDoesNotAllocate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listen(t, path)
	c := dial(t, path)
	e, fixed := containerEntry()
	line := bytes.Repeat([]byte("x"), 120)
	buf := make([]byte, 4096)
	n := testing.AllocsPerRun(100, func() {
		appendLine(e, fixed, line)
		if c.Send(e) != nil || c.SendWait(context.Background(), e) != nil {
			t.Fatal("send failed")
		}
		l.Read(buf)
		l.Read(buf)
	})
	if n != 0 {
		t.Errorf("%v allocations per two entries", n)
	}
}

// BenchmarkConn_Send includes the receiver's read.
func BenchmarkConn_Send(b *testing.B) {
	path := filepath.Join(b.TempDir(), "socket")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	c, err := journal.Dial(path)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	e, fixed := containerEntry()
	line := bytes.Repeat([]byte("x"), 120)
	buf := make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		appendLine(e, fixed, line)
		if err := c.Send(e); err != nil {
			b.Fatal(err)
		}
		l.Read(buf)
	}
}
