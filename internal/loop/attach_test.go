package loop

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
)

// dial connects to a socket of the rig.
func (r *rig) dial(name string) *net.UnixConn {
	r.t.Helper()
	c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: r.path(name), Net: "unixpacket"})
	r.must(err)
	r.t.Cleanup(func() { _ = c.Close() })
	r.must(c.SetDeadline(time.Now().Add(patience)))
	return c
}

// served waits until the loop has seen everything that was sent to it so far.
func (r *rig) served() {
	r.t.Helper()
	if a := r.answer(r.ask("no such request")); a != AnswerError {
		r.t.Fatalf("answer %q", a)
	}
}

// read reads output until n bytes of a stream have come.
func (r *rig) read(c *net.UnixConn, stream byte, n int) string {
	r.t.Helper()
	var got strings.Builder
	for got.Len() < n {
		p := r.packet(c)
		if p[0] != stream || len(p) > 1+PacketData {
			r.t.Fatalf("a packet of kind %d, %d bytes: %.100q; %d bytes before", p[0], len(p), p, got.Len())
		}
		got.WriteString(p[1:])
	}
	return got.String()
}

func TestAttach_SeesWhatComes(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	r.write(0, "before\n")
	r.until(0, 7)
	c := r.dial("attach")
	r.served()
	r.write(0, "prompt> ")
	if got := r.read(c, PacketStdout, 8); got != "prompt> " {
		t.Errorf("got %q", got)
	}
	r.write(1, "err\n")
	if got := r.read(c, PacketStderr, 4); got != "err\n" {
		t.Errorf("got %q", got)
	}
	run.end()
}

// until waits until n bytes of stream i are in the ring.
func (r *rig) until(i int, n int) {
	r.t.Helper()
	c := r.ask(fmt.Sprint("follow bytes=", ReplaySize))
	r.answer(c)
	r.read(c, byte(PacketStdout+i), n)
	_ = c.Close()
}

func TestAttach_Replay(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	r.write(0, "one\ntwo\nthree\nrest")
	r.until(0, 18)
	for words, want := range map[string]string{
		"lines=1": "rest", "lines=2": "three\nrest", "lines=99": "one\ntwo\nthree\nrest",
		"bytes=6": "e\nrest", "bytes=0 lines=3": "two\nthree\nrest", "lines=0": "",
	} {
		c := r.ask("attach " + words)
		if a := r.answer(c); a != AnswerOK {
			t.Fatalf("%s: answer %q", words, a)
		}
		if got := r.read(c, PacketStdout, len(want)); got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
		_ = c.Close()
	}
	run.end()
}

// TestAttach_ReplayAfterMuch: the ring has been overwritten many times.
func TestAttach_ReplayAfterMuch(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	f := r.ask("follow")
	r.answer(f)
	const lines = 50_000
	go func() {
		for i := range lines {
			_, _ = fmt.Fprintf(r.fifos[0], "%040d\n", i)
		}
	}()
	r.read(f, PacketStdout, 41*lines)
	c := r.ask("attach lines=1000")
	r.answer(c)
	var want strings.Builder
	for i := lines - 1000; i < lines; i++ {
		fmt.Fprintf(&want, "%040d\n", i)
	}
	if got := r.read(c, PacketStdout, want.Len()); got != want.String() {
		t.Errorf("got %.200q…", got)
	}
	run.end()
}

// TestAttach_StuckClients: clients that do not read are dropped with a notice,
// and hold up neither the container nor those that do.
func TestAttach_StuckClients(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	var stuck []*net.UnixConn
	for i := range MaxAttached - 1 {
		if i%2 == 0 {
			stuck = append(stuck, r.dial("attach"))
			continue
		}
		c := r.ask("attach")
		r.answer(c)
		stuck = append(stuck, c)
	}
	good := r.dial("attach")
	r.served()
	line := strings.Repeat("x", 1023) + "\n"
	const lines = 4 * RingSize / 1024
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		for range lines {
			_, _ = r.fifos[0].WriteString(line)
		}
	}()
	r.read(good, PacketStdout, lines*len(line))
	<-wrote
	for i, c := range stuck {
		last := r.drainConn(c)
		want := byte(PacketStderr)
		if i%2 == 1 {
			want = Notice
		}
		if last == "" || last[0] != want || !strings.Contains(last, "not read in time") {
			t.Errorf("client %d: the last packet is %.80q", i, last)
		}
	}
	run.end()
	if got := run.loop.Stats().Dropped; got != MaxAttached-1 {
		t.Errorf("%d clients were dropped, want %d", got, MaxAttached-1)
	}
}

// TestAttach_StuckClientAlone: one that gets no more output costs the others
// nothing: what is written after that is not kept for it.
func TestAttach_StuckClientAlone(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	r.dial("attach")
	r.served()
	line := strings.Repeat("x", 1023) + "\n"
	for range 4 * RingSize / 1024 {
		r.write(0, line)
	}
	r.served()
	run.end()
	if l := run.loop; l.outputs != 1 || l.readers != 0 {
		t.Errorf("%d clients, of which %d get output; want 1 and 0", l.outputs, l.readers)
	}
}

// TestAttach_Patience: with patience a client that reads late gets everything,
// and one that does not read holds the output back for a while only.
func TestAttach_Patience(t *testing.T) {
	const size = 4 * RingSize
	for name, reads := range map[string]bool{"reads late": true, "never reads": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			go r.discard()
			wait := int64(50)
			if reads {
				wait = patience.Milliseconds()
			}
			r.conf = func(l *Loop) { l.SetPatience(wait) }
			run := r.start(-1)
			c := r.dial("attach")
			r.served()
			wrote := make(chan struct{})
			go func() {
				defer close(wrote)
				line := strings.Repeat("x", 1023) + "\n"
				for range size / len(line) {
					_, _ = r.fifos[0].WriteString(line)
				}
			}()
			if reads {
				r.read(c, PacketStdout, size)
			}
			<-wrote
			if !reads {
				if last := r.drainConn(c); last == "" || last[0] != PacketStderr {
					t.Errorf("the last packet is %.80q", last)
				}
			}
			run.end()
			if got := run.loop.Stats().Dropped; (got == 0) != reads {
				t.Errorf("%d clients were dropped", got)
			}
		})
	}
}

// drainConn reads until the end and returns the last packet.
func (r *rig) drainConn(c *net.UnixConn) (last string) {
	r.t.Helper()
	buf := make([]byte, 1+PacketData)
	for {
		n, err := c.Read(buf)
		if err == io.EOF || n == 0 {
			return last
		}
		r.must(err)
		last = string(buf[:n])
	}
}

func TestAttach_TooMany(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	for range MaxAttached {
		r.dial("attach")
	}
	r.served()
	if last := r.drainConn(r.dial("attach")); last != "" {
		t.Errorf("one more: %q", last)
	}
	if a := r.answer(r.ask("attach")); a != AnswerError {
		t.Errorf("one more: answer %q", a)
	}
	run.end()
}

// withStdin gives the rig's loop the write end of a pipe by request, and
// returns the other end.
func (r *rig) withStdin(verb string, w *os.File) {
	r.t.Helper()
	c := r.dial("control")
	rights := unix.UnixRights(int(w.Fd()))
	_, _, err := c.WriteMsgUnix([]byte(verb), rights, nil)
	r.must(err)
	if a := r.answer(c); a != AnswerOK {
		r.t.Fatalf("%s: answer %q", verb, a)
	}
	r.must(w.Close())
}

// startStdin starts a loop whose container has a stdin, of which the reading
// end is returned.
func (r *rig) startStdin(leaveOpen bool) (*relay, *os.File) {
	r.t.Helper()
	old := r.conf
	r.conf = func(l *Loop) { old(l); l.SetInput(leaveOpen) }
	run := r.start(-1)
	rd, w, err := os.Pipe()
	r.must(err)
	r.t.Cleanup(func() { _ = rd.Close() })
	r.withStdin("stdin", w)
	return run, rd
}

func TestStdin_PasteArrivesWhole(t *testing.T) {
	r := newRig(t)
	run, in := r.startStdin(false)
	paste := make([]byte, 10<<20)
	for i := range paste {
		paste[i] = byte(i * 7 >> 3)
	}
	c := r.dial("attach")
	go func() {
		for rest := paste; len(rest) > 0; {
			n := min(len(rest), 1+(len(rest)*31)%InputMax)
			if _, err := c.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
		_ = c.CloseWrite()
	}()
	got, err := io.ReadAll(in)
	if err != nil || !bytes.Equal(got, paste) {
		t.Errorf("%d bytes of %d arrived, or others (%v)", len(got), len(paste), err)
	}
	run.end()
}

// TestStdin_WhoCloses: whose end of input closes stdin.
func TestStdin_WhoCloses(t *testing.T) {
	for _, c := range []struct {
		name, socket string
		half, leave  bool
		closes       bool
	}{
		{"conmon's protocol, half-close", "attach", true, false, true},
		{"conmon's protocol, close", "attach", false, false, true},
		{"conmon's protocol, half-close, left open", "attach", true, true, false},
		{"ours, half-close", "control", true, false, true},
		{"ours, close", "control", false, false, false},
		{"ours, half-close, left open", "control", true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			run, in := r.startStdin(c.leave)
			conn := r.dial(c.socket)
			if c.socket == "control" {
				_, err := conn.Write([]byte("attach stdin"))
				r.must(err)
				r.answer(conn)
			}
			_, err := conn.Write([]byte("typed"))
			r.must(err)
			if c.half {
				r.must(conn.CloseWrite())
			} else {
				r.must(conn.Close())
			}
			r.served()
			second := r.dial("attach")
			_, err = second.Write([]byte("+more"))
			r.must(err)
			r.served()
			r.must(second.CloseWrite())
			r.served()
			r.must(in.SetReadDeadline(time.Now().Add(patience)))
			want := "typed+more"
			if c.closes {
				want = "typed"
			}
			buf := make([]byte, len(want))
			if _, err := io.ReadFull(in, buf); err != nil || string(buf) != want {
				t.Errorf("got %q, want %q (%v)", buf, want, err)
			}
			if !c.leave && c.closes {
				if n, err := in.Read(buf[:1]); err != io.EOF {
					t.Errorf("after the end: %d bytes, %v", n, err)
				}
			}
			run.end()
		})
	}
}

// TestStdin_NobodyTypes: what a client sends that may not type, or to a
// container without a stdin, is thrown away and does no harm.
func TestStdin_NobodyTypes(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	reader := r.ask("attach")
	r.answer(reader)
	plain := r.dial("attach")
	for range 200 {
		_, err := reader.Write(make([]byte, 32<<10))
		r.must(err)
		_, err = plain.Write(make([]byte, 32<<10))
		r.must(err)
	}
	r.write(1, "out\n")
	for _, c := range []*net.UnixConn{reader, plain} {
		if got := r.read(c, PacketStderr, 4); got != "out\n" {
			t.Errorf("got %q", got)
		}
	}
	run.end()
}

// TestStdin_HalfCloseAtOnce: an end of input that comes while the packet before
// it is looked at.
func TestStdin_HalfCloseAtOnce(t *testing.T) {
	for range 50 {
		r := newRig(t)
		run, in := r.startStdin(false)
		c := r.dial("attach")
		_, err := c.Write([]byte("a"))
		r.must(err)
		_, err = c.Write([]byte("b"))
		r.must(err)
		r.must(c.CloseWrite())
		if got, err := io.ReadAll(in); err != nil || string(got) != "ab" {
			t.Fatalf("got %q, %v", got, err)
		}
		run.end()
	}
}

// TestStdin_TooLong: a packet that is too long ends its connection only.
func TestStdin_TooLong(t *testing.T) {
	r := newRig(t)
	run, in := r.startStdin(false)
	c := r.dial("attach")
	_, err := c.Write(make([]byte, InputMax+1))
	r.must(err)
	r.drainConn(c)
	other := r.ask("attach stdin")
	r.answer(other)
	_, err = other.Write([]byte("fine"))
	r.must(err)
	buf := make([]byte, 4)
	if _, err := io.ReadFull(in, buf); err != nil || string(buf) != "fine" {
		t.Errorf("got %q, %v", buf, err)
	}
	run.end()
}

// withConsole gives the rig's loop a terminal and returns the container's side.
func (r *rig) withConsole() *os.File {
	r.t.Helper()
	master, slave, err := pty.Open()
	r.must(err)
	r.t.Cleanup(func() { _ = slave.Close() })
	r.withStdin("console", master)
	return slave
}

func TestConsole(t *testing.T) {
	r := newRig(t)
	r.must(sys.SetPipeSize(r.fifos[0], 1<<20))
	r.conf = func(l *Loop) { l.SetInput(false) }
	run := r.start(-1)
	slave := r.withConsole()
	c := r.ask("attach stdin")
	r.answer(c)
	_, err := slave.WriteString("login: ")
	r.must(err)
	if got := r.read(c, PacketStdout, 7); got != "login: " {
		t.Errorf("got %q", got)
	}
	_, err = c.Write([]byte("me\r"))
	r.must(err)
	if got := r.read(c, PacketStdout, 4); got != "me\r\n" {
		t.Errorf("echo %q", got)
	}
	buf := make([]byte, 10)
	if n, err := slave.Read(buf); err != nil || string(buf[:n]) != "me\n" {
		t.Errorf("typed %q, %v", buf[:n], err)
	}
	size := r.ask("resize 33 77")
	if a := r.answer(size); a != AnswerOK {
		t.Errorf("resize: answer %q", a)
	}
	if rows, cols, err := pty.Getsize(slave); rows != 33 || cols != 77 || err != nil {
		t.Errorf("size %d %d, %v", rows, cols, err)
	}
	_, err = slave.WriteString("last words")
	r.must(err)
	r.must(slave.Close())
	if a := r.answer(r.ask("drain")); a != AnswerOK {
		t.Errorf("drain: answer %q", a)
	}
	if got := r.read(c, PacketStdout, 10); got != "last words" {
		t.Errorf("got %q", got)
	}
	if _, err := size.Write([]byte("resize 1 1")); err != nil || r.answer(size) != AnswerError {
		t.Errorf("a terminal that has gone can be resized (%v)", err)
	}
	run.end()
}

// TestConsole_ShortPieces: a program that draws in pieces, without a newline, is
// not held up by a FIFO that has room for few of them.
func TestConsole_ShortPieces(t *testing.T) {
	r := newRig(t)
	go r.discard()
	r.conf = func(l *Loop) { l.SetInput(false) }
	run := r.start(-1)
	slave := r.withConsole()
	c := r.ask("attach")
	r.answer(c)
	var want strings.Builder
	for i := range 2000 {
		piece := fmt.Sprintf("\x1b[%dH*", i%24)
		want.WriteString(piece)
		_, err := slave.WriteString(piece)
		r.must(err)
		r.read(c, PacketStdout, len(piece)) // one at a time
	}
	run.end()
}
