package loop

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
)

// watched is a loop that a monitor runs: its Run returns, and is called again.
type watched struct {
	*relay
	r      *rig
	events [2]*os.File
	why    chan int // Run has returned
}

// watch starts a loop with events of its own.
func (r *rig) watch(conf func(*Loop)) *watched {
	r.t.Helper()
	w := &watched{r: r, why: make(chan int)}
	var err error
	w.events[0], w.events[1], err = os.Pipe()
	r.must(err)
	r.t.Cleanup(func() { _, _ = w.events[0].Close(), w.events[1].Close() })
	r.conf = func(l *Loop) {
		l.SetEvents(r.dup(w.events[0]))
		l.SetKeep()
		conf(l)
	}
	w.relay = r.start(-1)
	go func() { w.hear(<-w.done) }()
	return w
}

// hear passes on why Run has returned. That there is news it takes as heard.
func (w *watched) hear(why int) {
	for why == Changed {
		why = w.loop.Run()
	}
	w.why <- why
}

// end stops the loop and waits for it.
func (w *watched) end() {
	w.stop()
	w.returns(Stopped)
}

// call makes Run return for the monitor.
func (w *watched) call() *Loop {
	w.r.t.Helper()
	_, err := w.events[1].Write([]byte{1})
	w.r.must(err)
	w.returns(Called)
	_, err = w.events[0].Read(make([]byte, 1))
	w.r.must(err)
	return w.loop
}

// returns waits until Run returns, for the reason given.
func (w *watched) returns(why int) {
	w.r.t.Helper()
	select {
	case got := <-w.why:
		if got != why {
			w.r.t.Fatalf("Run returned %d, not %d", got, why)
		}
	case <-time.After(patience):
		w.r.t.Fatal("Run does not return")
	}
}

// again calls Run again.
func (w *watched) again() { go func() { w.hear(w.loop.Run()) }() }

// TestHold: what a runtime prints stays where it is, is its message, and is
// output if the monitor wants it to be.
func TestHold(t *testing.T) {
	r := newRig(t)
	r.write(0, "early\n") // before the loop is there
	w := r.watch(func(l *Loop) { l.SetMessage(); l.Hold(true) })
	r.write(1, "boom\n")
	l := w.call()
	if n := l.Undrained(); n != 11 {
		t.Errorf("%d bytes are in the FIFOs, not 11", n)
	}
	if got := string(l.Message()); got != "boom\n" {
		t.Errorf("the message is %q", got)
	}
	w.again()
	r.write(1, "more\n")
	l = w.call()
	if got := string(l.Message()); got != "boom\nmore\n" {
		t.Errorf("the message is %q", got)
	}
	l.Hold(false)
	w.again()
	got := map[string]int{}
	for range 3 {
		prio, text, _ := r.entry()
		got[prio+text]++
	}
	if fmt.Sprint(got) != "map[3boom:1 3more:1 6early:1]" {
		t.Errorf("got %v", got)
	}
	w.end()
}

// TestHold_Full: nobody waits who writes more than half of what the pipe holds,
// of whatever size it is.
func TestHold_Full(t *testing.T) {
	for _, size := range []int{4096, 64 << 10} {
		r := newRig(t)
		rc, err := r.fifos[1].SyscallConn()
		r.must(err)
		r.must(rc.Control(func(fd uintptr) {
			_, err = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, size)
		}))
		r.must(err)
		w := r.watch(func(l *Loop) { l.Hold(true) })
		go r.discard()
		text := strings.Repeat(strings.Repeat("x", 99)+"\n", 2*size/100)
		r.must(r.fifos[1].SetWriteDeadline(time.Now().Add(patience)))
		r.write(1, text) // it returns: somebody reads
		w.end()
	}
}

// TestMessage: the first bytes of stderr, also when they were logged long ago,
// and none of stdout.
func TestMessage(t *testing.T) {
	r := newRig(t)
	go r.discard()
	w := r.watch(func(l *Loop) { l.SetMessage() })
	var text bytes.Buffer
	for i := range 3000 {
		fmt.Fprintf(&text, "line %d\n", i)
	}
	r.write(0, "output\n")
	for text := text.String(); text != ""; text = text[min(len(text), 1000):] {
		r.write(1, text[:min(len(text), 1000)])
	}
	l := w.call()
	if got := l.Message(); !bytes.Equal(got, text.Bytes()[:MessageMax]) {
		t.Errorf("%d bytes: %.40q…", len(got), got)
	}
	w.again()
	w.end()
}

// TestDrain: everything is stored when Run returns Drained, and clients are still
// there; Release lets them go when they have it all.
func TestDrain(t *testing.T) {
	r := newRig(t)
	path := r.path("log")
	w := r.watch(func(l *Loop) {
		l.SetFile(0, K8sFile, []byte(path), 0, 1, true)
		l.Hold(true)
	})
	c := r.dial("attach")
	r.write(0, "whole\nunfinished")
	l := w.call()
	l.Drain()
	l.Drain() // again: it means nothing
	w.again()
	w.returns(Drained)
	if n := l.Undrained(); n != 0 {
		t.Errorf("%d bytes were left", n)
	}
	text, err := os.ReadFile(path)
	r.must(err)
	if s := string(text); !strings.Contains(s, " stdout F whole\n") || !strings.HasSuffix(s, " stdout P unfinished\n") {
		t.Errorf("the log is %q", s)
	}
	if got := r.packet(c); got != "\x02whole\nunfinished" {
		t.Errorf("the client got %q", got)
	}
	if err := recvNow(r, c); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("before the release the client sees %v", err)
	}
	l.Release()
	w.again()
	w.returns(Stopped)
	if err := recvNow(r, c); err != nil {
		t.Errorf("after the release the client sees %v", err)
	}
}

// recvNow reads without waiting; the end is nil.
func recvNow(r *rig, c *net.UnixConn) (err error) {
	r.t.Helper()
	rc, rerr := c.SyscallConn()
	r.must(rerr)
	r.must(rc.Control(func(fd uintptr) {
		var n int
		if n, _, err = unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_DONTWAIT); err == nil && n > 0 {
			err = fmt.Errorf("%d bytes", n)
		}
	}))
	return err
}

// TestHangUp: a client that has not read sees the end at once.
func TestHangUp(t *testing.T) {
	r := newRig(t)
	go r.discard()
	w := r.watch(func(*Loop) {})
	c := r.dial("attach")
	r.write(0, "first\n")
	if got := r.packet(c); got != "\x02first\n" {
		t.Fatalf("the client got %q", got)
	}
	w.call().HangUp()
	if err := recvNow(r, c); err != nil {
		t.Errorf("the client sees %v", err)
	}
}

// TestDrain_Stuck: a log that takes nothing does not keep Run from returning for
// the monitor, which can then give up.
func TestDrain_Stuck(t *testing.T) {
	r := newRig(t)
	r.fillJournal()
	w := r.watch(func(*Loop) {})
	r.write(0, "what nobody takes\n")
	l := w.call()
	l.Drain()
	w.again()
	l = w.call()
	if n := l.Undrained(); n != 18 {
		t.Errorf("%d bytes are left, not 18", n)
	}
	l.Release()
	w.again()
	w.returns(Stopped)
}

// TestInput: what a client types before there is an input waits for it.
func TestInput(t *testing.T) {
	r := newRig(t)
	go r.discard()
	w := r.watch(func(l *Loop) { l.SetInput(false) })
	c := r.dial("attach")
	_, err := c.Write([]byte("typed early"))
	r.must(err)
	r.must(c.CloseWrite())
	l := w.call()
	rd, wr, err := sys.InputPipe()
	r.must(err)
	if !l.Input(wr, false) {
		t.Fatal("the input was not taken")
	}
	w.again()
	in := os.NewFile(uintptr(rd), "stdin")
	t.Cleanup(func() { _ = in.Close() })
	var got bytes.Buffer
	if _, err := got.ReadFrom(in); err != nil { // to its end
		t.Fatal(err)
	}
	if got.String() != "typed early" {
		t.Errorf("got %q", got.String())
	}
	w.end()
}
