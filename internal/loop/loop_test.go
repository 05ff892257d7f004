package loop

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

func TestLoop_LinesWithPriority(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	r.write(0, "out\n\n\x00\xff=\n")
	for _, want := range []string{"out", "", "\x00\xff="} {
		if prio, msg, partial := r.entry(); prio != "6" || msg != want || partial {
			t.Errorf("got %s %q partial %v, want 6 %q", prio, msg, partial, want)
		}
	}
	r.write(1, "err\n")
	if prio, msg, _ := r.entry(); prio != "3" || msg != "err" {
		t.Errorf("got %s %q, want 3 err", prio, msg)
	}
	if why := run.end(); why != Stopped {
		t.Errorf("ended with %d, want Stopped", why)
	}
}

func TestLoop_UnfinishedLineWaitsThenIsPartial(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	r.write(0, "one ")
	r.write(0, "line\nrest")
	if _, msg, partial := r.entry(); msg != "one line" || partial {
		t.Errorf("got %q partial %v, want the whole line", msg, partial)
	}
	if _, msg, partial := r.entry(); msg != "rest" || !partial {
		t.Errorf("got %q partial %v, want rest as partial", msg, partial)
	}
	r.write(0, " of it\n")
	if _, msg, partial := r.entry(); msg != " of it" || partial {
		t.Errorf("got %q partial %v, want the end of the line", msg, partial)
	}
	run.end()
}

func TestLoop_LeavesWhenIdleAndLosesNothing(t *testing.T) {
	r := newRig(t)
	for i := range 5 {
		want := fmt.Sprint("round ", i)
		r.write(i&1, want+"\n")
		run := r.start(1)
		if _, msg, _ := r.entry(); msg != want {
			t.Errorf("got %q, want %q", msg, want)
		}
		if why := <-run.done; why != Idle {
			t.Errorf("ended with %d, want Idle", why)
		}
	}
}

func TestLoop_DrainAnswersWhenAllIsStored(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	r.write(0, "no newline")
	r.write(1, "line\nand a rest")
	c := r.ask("drain")
	if a := r.answer(c); a != AnswerOK {
		t.Fatalf("answer %q", a)
	}
	for i, path := range []string{"fifo0", "fifo1"} {
		if n, err := sys.FIFOPending(r.path(path)); n != 0 || err != nil {
			t.Errorf("stream %d: %d bytes are left (%v)", i, n, err)
		}
	}
	got := map[string]bool{}
	for range 3 {
		_, msg, partial := r.entry()
		got[msg] = partial
	}
	want := map[string]bool{"no newline": true, "line": false, "and a rest": true}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("stored %v, want %v", got, want)
	}
	run.end()
}

func TestLoop_RefusesWhatItDoesNotKnow(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	for _, req := range []string{"foo", "follow ", strings.Repeat("x", 4000)} {
		c := r.ask(req)
		if a := r.answer(c); a != AnswerError {
			t.Errorf("%.20q: answer %q", req, a)
		}
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("%.20q: %v, want the connection to end", req, err)
		}
	}
	run.end()
}

// TestLoop_ManyConnections: idle connections give way, so that none of them can
// keep a drain out; it is served however many there are.
func TestLoop_ManyConnections(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	for range 3 * MaxClients {
		c, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: r.path("control"), Net: "unixpacket"})
		r.must(err)
		defer func() { _ = c.Close() }()
	}
	if a := r.answer(r.ask("drain")); a != AnswerOK {
		t.Errorf("answer %q", a)
	}
	run.end()
}

// TestLoop_Follower: a follower that connected first sees every byte, split
// into packets that name the stream.
func TestLoop_Follower(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	c := r.ask("follow")
	if a := r.answer(c); a != AnswerOK {
		t.Fatalf("answer %q", a)
	}
	want := strings.Repeat("0123456789abcde\n", 3000)
	go func() { _, _ = r.fifos[0].WriteString(want) }()
	go r.discard()
	var got bytes.Buffer
	buf := make([]byte, 1+PacketData+1)
	for got.Len() < len(want) {
		n, err := c.Read(buf)
		r.must(err)
		if buf[0] != PacketStdout || n > 1+PacketData {
			t.Fatalf("packet of kind %d, %d bytes", buf[0], n)
		}
		got.Write(buf[1:n])
	}
	if got.String() != want {
		t.Error("the follower saw other bytes")
	}
	run.end()
}

// TestLoop_ClientOfAnEarlierProcess: connections in the file descriptor store go
// on where they were, and what was on its way to them comes once.
func TestLoop_ClientOfAnEarlierProcess(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	c := r.ask("follow")
	r.answer(c)
	r.write(1, "x\n")
	r.entry()
	if got := r.packet(c); got != "\x03x\n" {
		t.Errorf("got %q", got)
	}
	run.end()
	place, fd := r.connection(run)
	r.write(1, "y\n")
	r.conf = func(l *Loop) {
		if !l.SetClient(place, fd) || l.SetClient(place+1, fd) {
			t.Error("the place of the connection was not taken up")
		}
	}
	run = r.start(-1)
	if a := r.answer(c); a != AnswerOK {
		t.Errorf("answer %q", a)
	}
	if got := r.packet(c); got != "\x03y\n" {
		t.Errorf("got %q", got)
	}
	run.end()
}

// connection finds the one client of a loop that has ended.
func (r *rig) connection(run *relay) (place, fd int) {
	r.t.Helper()
	for i := range run.loop.clients {
		if run.loop.clients[i].kind == clientOutput {
			return i, int(run.loop.clients[i].fd)
		}
	}
	r.t.Fatal("there is no client")
	return 0, 0
}

// TestLoop_FollowerHoldsBackButNotTheEnd: a follower that does not read holds
// the output back like a pipe; a drain ends all the same, with every byte in
// the follower's socket or, if that is full, the follower dropped.
func TestLoop_FollowerHoldsBackButNotTheEnd(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	c := r.ask("follow")
	r.answer(c)
	go r.discard()
	line := []byte(strings.Repeat("x", 1023) + "\n")
	r.must(r.fifos[0].SetWriteDeadline(time.Now().Add(500 * time.Millisecond)))
	written := 0
	for {
		n, err := r.fifos[0].Write(line)
		written += n
		if err != nil {
			break // the FIFO stays full: the follower holds it back
		}
		if written > 16<<20 {
			t.Fatal("a follower that does not read holds nothing back")
		}
	}
	if a := r.answer(r.ask("drain")); a != AnswerOK {
		t.Fatalf("drain: answer %q", a)
	}
	read := 0
	buf := make([]byte, 1+PacketData)
	for read < written {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("the follower got %d of %d bytes: %v", read, written, err)
		}
		read += n - 1
	}
	run.end()
}

// TestLoop_JournalFull: with nobody reading the journal the loop waits, and
// goes on where it was.
func TestLoop_JournalFull(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	const lines = 5000
	wrote := make(chan error, 1)
	go func() {
		for i := range lines {
			if _, err := fmt.Fprintf(r.fifos[0], "%d\n", i); err != nil {
				wrote <- err
				return
			}
		}
		wrote <- nil
	}()
	for pending := 0; pending == 0; { // until the loop has stopped reading
		n, err := sys.FIFOPending(r.path("fifo0"))
		r.must(err)
		pending = n
	}
	for i := range lines {
		if _, msg, _ := r.entry(); msg != fmt.Sprint(i) {
			t.Fatalf("got %q, want %d", msg, i)
		}
	}
	r.must(<-wrote)
	run.end()
	if run.loop.Stats().Waits == 0 {
		t.Error("the journal was never full: the test shows nothing")
	}
}

// TestLoop_JournalGone: while journald's socket is not there nothing is lost.
func TestLoop_JournalGone(t *testing.T) {
	r := newRig(t)
	r.must(r.journal.Close())
	run := r.start(-1)
	r.write(0, "early\n")
	r.must(os.Remove(r.path("journal")))
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: r.path("journal"), Net: "unixgram"})
	r.must(err)
	r.journal = conn
	if _, msg, _ := r.entry(); msg != "early" {
		t.Errorf("got %q, want early", msg)
	}
	run.end()
}

// TestLoop_AtLeastOnce stops the loop at random and starts another on the same
// FIFOs, as a killed relay is replaced, with random writes: all bytes arrive,
// in order. Ends of a loop are clean here, so none may come twice.
func TestLoop_AtLeastOnce(t *testing.T) {
	r := newRig(t)
	seed := time.Now().UnixNano()
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	var want bytes.Buffer
	for want.Len() < 1<<20 {
		line := bytes.Repeat([]byte{'a' + byte(rng.IntN(26))}, rng.IntN(300))
		if rng.IntN(200) == 0 {
			line = bytes.Repeat([]byte("€"), rng.IntN(40000))
		}
		want.Write(append(line, '\n'))
	}
	text := bytes.Clone(want.Bytes())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		for rest := text; len(rest) > 0 && ctx.Err() == nil; {
			n := min(len(rest), 1+int(rest[0])*int(rest[len(rest)/2])%20000)
			_, _ = r.fifos[0].Write(rest[:n])
			rest = rest[n:]
		}
	}()
	got := make(chan string, 1)
	go func() {
		var b strings.Builder
		for b.Len() < len(text) {
			_, msg, partial := r.entry()
			b.WriteString(msg)
			if !partial {
				b.WriteByte('\n')
			}
		}
		got <- b.String()
	}()
	for {
		run := r.start(-1)
		timer := time.NewTimer(time.Duration(rng.IntN(3000)) * time.Microsecond)
		select {
		case <-timer.C:
			run.end()
		case s := <-got:
			run.end()
			if s != string(text) {
				t.Errorf("%d bytes came back as %d others", len(text), len(s))
			}
			return
		case <-ctx.Done():
			t.Fatal("not all bytes arrived")
		}
	}
}

// TestLoop_DrainOfMoreThanOneRead: while draining, only the very last line may
// be called unfinished, not one that one read happened to cut.
func TestLoop_DrainOfMoreThanOneRead(t *testing.T) {
	r := newRig(t)
	r.must(sys.SetPipeSize(r.fifos[0], 1<<20))
	const lines = 20_000
	for i := range lines {
		r.write(0, fmt.Sprintf("%d\n", i))
	}
	run := r.start(-1)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if c := r.ask("drain"); r.answer(c) != AnswerOK {
			t.Error("the drain was refused")
		}
	}()
	for i := range lines {
		if _, msg, partial := r.entry(); msg != fmt.Sprint(i) || partial {
			t.Fatalf("got %q partial %v, want %d", msg, partial, i)
		}
	}
	<-answered
	run.end()
}

// TestLoop_DrainOfMoreThanOneReadWithJournalFull: a container may have enlarged
// its FIFO. That the journal had no room when the drain began must not make the
// loop take its first view of the FIFO for all there is.
func TestLoop_DrainOfMoreThanOneReadWithJournalFull(t *testing.T) {
	r := newRig(t)
	r.must(sys.SetPipeSize(r.fifos[0], 1<<20))
	const lines = 40 // few, so that the journal takes a whole read of them at once
	for i := range lines {
		r.write(0, fmt.Sprintf("%0*d\n", 16<<10, i))
	}
	r.fillJournal()
	run := r.start(-1)
	drain := r.ask("drain")
	if a := r.answer(r.ask("served after it")); a != AnswerError {
		t.Fatalf("answer %q", a)
	}
	for next := 0; next < lines; {
		_, msg, partial := r.entry()
		if msg == junk {
			continue
		}
		if msg != fmt.Sprintf("%0*d", 16<<10, next) || partial {
			t.Fatalf("got %.20q partial %v, want %d", msg, partial, next)
		}
		next++
	}
	if a := r.answer(drain); a != AnswerOK {
		t.Errorf("drain: answer %q", a)
	}
	run.end()
}

// TestLoop_StreamsTakeTurns: a stream that could fill the journal for ever does
// not keep the other out of it.
func TestLoop_StreamsTakeTurns(t *testing.T) {
	r := newRig(t)
	const lines = 30_000 // of two bytes: nearly a FIFO's worth
	r.write(0, strings.Repeat("o\n", lines))
	r.write(1, "e\n")
	r.fillJournal()
	run := r.start(-1)
	for before := 0; ; {
		_, msg, _ := r.entry()
		if msg == "e" {
			break
		}
		if msg == "o" {
			before++
		}
		if before > lines/2 {
			t.Fatalf("%d lines of stdout came first", before)
		}
	}
	go r.discard()
	run.end()
}

// junk is the message of the entries of fillJournal.
const junk = "junk"

// fillJournal sends entries until journald's place has no room.
func (r *rig) fillJournal() {
	r.t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	r.must(err)
	defer func() { _ = syscall.Close(fd) }()
	for err == nil {
		err = syscall.Sendto(fd, []byte("MESSAGE="+junk+"\n"), 0, &syscall.SockaddrUnix{Name: r.path("journal")})
	}
	if err != syscall.EAGAIN {
		r.t.Fatal(err)
	}
}

// TestLoop_ManyFollowers: however many follow, there is a place left for who
// drains.
func TestLoop_ManyFollowers(t *testing.T) {
	r := newRig(t)
	run := r.start(-1)
	for i := range MaxFollowers + 3 {
		a := r.answer(r.ask("follow"))
		if want := i < MaxFollowers; (a == AnswerOK) != want {
			t.Errorf("follower %d: answer %q", i, a)
		}
	}
	if a := r.answer(r.ask("drain")); a != AnswerOK {
		t.Errorf("drain: answer %q", a)
	}
	run.end()
}

// TestLoop_LongTimeout: an idle time of an age is no timeout that the kernel
// takes for another.
func TestLoop_LongTimeout(t *testing.T) {
	l := new(Loop)
	l.SetState(newState(t))
	l.rested = true
	for _, idle := range []int64{1 << 31, 1<<32 + 5, 1 << 60} {
		l.SetIdle(idle)
		if got := l.timeout(); got < 1<<31*ms || got > 1<<60 {
			t.Errorf("idle time %d ms: timeout %d", idle, got)
		}
	}
}
