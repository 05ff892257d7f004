package loop

import (
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
)

// Each test of this file fails without the mending of a mistake that was made
// once.

// TestStdin_ClosedWhileItWaits: a client that closes with output unread, while
// its packet waits, has typed it once.
func TestStdin_ClosedWhileItWaits(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run, in := r.startStdin(true)
	c := r.ask("attach stdin")
	r.answer(c)
	for _, b := range "ab" { // the second is written in part
		_, err := c.Write([]byte(strings.Repeat(string(b), 40_000)))
		r.must(err)
	}
	r.served()
	r.write(0, "output that the client does not read\n")
	r.until(0, 37)
	r.must(c.Close())
	r.served()
	other := r.ask("attach stdin")
	r.answer(other)
	_, err := other.Write([]byte("Z"))
	r.must(err)
	var got strings.Builder
	for buf := make([]byte, 4096); !strings.HasSuffix(got.String(), "Z"); {
		n, err := in.Read(buf)
		r.must(err)
		got.Write(buf[:n])
	}
	if n := got.Len(); n != 80_001 {
		t.Errorf("80001 bytes were typed, %d arrived", n)
	}
	run.end()
}

// TestState_QueueIsNotInTheFile: lines that waited for journald when the relay
// was stopped are lost, and said to be.
func TestState_QueueIsNotInTheFile(t *testing.T) {
	r := newRig(t)
	r.conf = func(l *Loop) { l.SetDrop(1 << 20) }
	r.fillJournal()
	run := r.start(-1)
	r.write(0, "1\n2\n3\n")
	r.until(0, 6)
	run.end()
	a, b := r.state.Window()
	window := append(append([]byte{}, a...), b...)
	fixed := append([]byte{}, r.state.Fixed()...)
	r.state = newState(t)
	if !r.state.Restore(fixed, window) {
		t.Fatal("the state was not taken")
	}
	run = r.start(-1)
	for {
		_, msg, _ := r.entry()
		if msg == junk {
			continue
		}
		if !strings.HasPrefix(msg, "3 lines of the container's output were lost") {
			t.Errorf("got %q", msg)
		}
		break
	}
	run.end()
}

// TestRing_PaysForBoth: what both streams owe is in the ring, and no stream's
// offset is before its head at any time.
func TestRing_PaysForBoth(t *testing.T) {
	l, st := new(Loop), newState(t)
	l.SetState(st)
	for i := range l.streams {
		l.streams[i].owedTo = 50_000
		st.streams[i] = streamState{head: 50_000, target: 50_000, ring: 50_000, journal: 50_000, files: [MaxFiles]uint64{50_000, 50_000}}
	}
	st.ring.gap = true
	l.payAll()
	n := 0
	for pos := st.skip(st.ring.tail); pos < st.ring.write; pos = st.after(pos) {
		n += len(st.data(pos))
	}
	if n != 100_000 || st.streams[0].ring != 50_000 {
		t.Errorf("%d bytes are in the ring, the offset is %d", n, st.streams[0].ring)
	}
}

// TestClient_Descriptors: those that come with what is no request are closed.
func TestClient_Descriptors(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	null, err := os.Open(os.DevNull)
	r.must(err)
	defer func() { _ = null.Close() }()
	fd := int(null.Fd())
	r.served()
	before := openFDs(t)
	for range 50 {
		for _, c := range []struct {
			text string
			fds  []int
		}{{"garbage", []int{fd, fd}}, {"follow", []int{fd}}, {"", []int{fd}}} {
			conn := r.dial("control")
			raw, err := conn.SyscallConn()
			r.must(err)
			r.must(raw.Control(func(s uintptr) { err = unix.Sendmsg(int(s), []byte(c.text), unix.UnixRights(c.fds...), nil, 0) }))
			r.must(err)
			r.drainConn(conn)
			_ = conn.Close()
		}
	}
	r.served()
	if after := openFDs(t); after > before+10 {
		t.Errorf("%d descriptors are open, %d were before", after, before)
	}
	run.end()
}

func openFDs(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestClient_EventsOfAnother: the manager's copy of a connection that has ended
// keeps it in the epoll instances; what happens to it is nobody else's.
func TestClient_EventsOfAnother(t *testing.T) {
	r := newRig(t)
	go r.discard()
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: r.path("notify"), Net: "unixgram"})
	r.must(err)
	defer func() { _ = manager.Close() }()
	r.conf = func(l *Loop) { l.SetNotify(r.fd(sys.DatagramFD(0)), []byte(r.path("notify"))) }
	run := r.start(-1)
	gone := r.ask("attach stdin")
	r.answer(gone)
	oob := make([]byte, 64)
	_, n, _, _, err := manager.ReadMsgUnix(make([]byte, 200), oob)
	r.must(err)
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	r.must(err)
	fds, err := unix.ParseUnixRights(&messages[0])
	r.must(err)
	defer func() { _ = unix.Close(fds[0]) }()
	_, err = gone.Write(make([]byte, InputMax+1))
	r.must(err)
	r.drainConn(gone)
	r.served()
	next := r.ask("follow")
	r.answer(next)
	r.served()
	_ = gone.Close()
	r.served()
	r.write(0, "hello\n")
	if got := r.read(next, PacketStdout, 6); got != "hello\n" {
		t.Errorf("got %q", got)
	}
	run.end()
}

// TestStdin_EndedStaysEnded: the next process knows that stdin was closed, and
// does not wait for it.
func TestStdin_EndedStaysEnded(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run, in := r.startStdin(false)
	c := r.ask("attach stdin")
	r.answer(c)
	r.must(c.CloseWrite())
	if n, err := in.Read(r.buf[:]); n != 0 || err == nil {
		t.Fatalf("stdin has %d bytes, %v", n, err)
	}
	run.end() // the store has no stdin any more
	r.conf = func(l *Loop) { l.SetInput(false) }
	run = r.start(-1)
	for range MaxAttached + 10 {
		d := r.dial("attach")
		_, err := d.Write([]byte("typed for nobody"))
		r.must(err)
		r.must(d.Close())
		r.served()
	}
	if a := r.answer(r.ask("attach")); a != AnswerOK {
		t.Errorf("dead clients keep others out: answer %q", a)
	}
	run.end()
}

// TestClient_PlaceWithoutConnection: a client whose connection was not stored
// when its relay was killed does not hold the output back.
func TestClient_PlaceWithoutConnection(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	r.answer(r.ask("follow"))
	run.end()
	run = r.start(-1)
	r.dial("control") // takes the place
	r.served()
	f := r.ask("follow")
	r.answer(f)
	line := strings.Repeat("x", 1023) + "\n"
	go func() {
		for range 3 * RingSize / len(line) {
			_, _ = r.fifos[0].WriteString(line)
		}
	}()
	r.read(f, PacketStdout, 3*RingSize)
	run.end()
}

// TestClient_BehindOverARestart: what a follower has not read when the relay is
// replaced, and not killed, is still there.
func TestClient_BehindOverARestart(t *testing.T) {
	r := newRig(t)
	go r.discard()
	run := r.start(-1)
	c := r.ask("follow")
	r.answer(c)
	line := strings.Repeat("x", 1023) + "\n"
	const lines = 700 // more than a socket's buffer and a replay, less than the ring
	for range lines {
		r.write(0, line)
	}
	r.served()
	run.end()
	place, fd := r.connection(run)
	r.state.Window() // as when the state is saved
	r.conf = func(l *Loop) { l.SetClient(place, fd) }
	run = r.start(-1)
	for got := 0; got < lines*len(line); {
		if p := r.packet(c); p[0] == PacketStdout {
			got += len(p) - 1
		}
	}
	run.end()
}

// TestConsole_SecondDrain: a container that was started again without its
// terminal being there has nothing to wait for.
func TestConsole_SecondDrain(t *testing.T) {
	r := newRig(t)
	go r.discard()
	r.conf = func(l *Loop) { l.SetInput(false) }
	run := r.start(-1)
	slave := r.withConsole()
	r.must(slave.Close())
	r.drain()
	r.drain()
	run.end()
}

// TestFile_TwoNames: a rotation between two names of one file does nothing, and
// comes back.
func TestFile_TwoNames(t *testing.T) {
	r := newRig(t)
	path := r.path("log")
	r.withFile(path, 1000, 2)
	run := r.start(-1)
	r.write(0, strings.Repeat("a", 600)+"\n")
	r.until(0, 601)
	r.must(os.Link(path, path+".1"))
	r.write(0, strings.Repeat("b", 600)+"\n")
	r.drain()
	run.end()
	if got := texts(t, path); len(got) != 2 {
		t.Errorf("%d lines", len(got))
	}
}
