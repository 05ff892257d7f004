package loop

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

// TestPipe_WidensForABusyWriter: a FIFO that is found full again and again
// becomes larger, and its stash with it; at rest both are as before.
func TestPipe_WidensForABusyWriter(t *testing.T) {
	r := newRig(t)
	l, s := r.bare()
	for range wideRuns {
		if s.view != usualPipe {
			t.Fatalf("a look shows %d bytes too soon", s.view)
		}
		s.held = s.view * 15 / 16
		l.widen(s, s.held)
	}
	if s.view != widePipe || l.capacity(s.fd) != widePipe || l.capacity(s.stash) != widePipe {
		t.Errorf("a look shows %d bytes of %d, the stash holds %d", s.view, l.capacity(s.fd), l.capacity(s.stash))
	}
	s.held = 0
	l.narrow(s)
	if s.view != usualPipe || l.capacity(s.fd) != usualPipe || l.capacity(s.stash) != usualPipe {
		t.Errorf("at rest: a look shows %d bytes of %d, the stash holds %d", s.view, l.capacity(s.fd), l.capacity(s.stash))
	}
}

// TestPipe_StaysForOthers: a writer that pauses has no use for a larger FIFO.
func TestPipe_StaysForOthers(t *testing.T) {
	l, s := newRig(t).bare()
	for i := range 4 * wideRuns {
		s.held = s.view
		if i%wideRuns == wideRuns-1 {
			s.held = 100
		}
		l.widen(s, s.held)
	}
	if s.view != usualPipe {
		t.Errorf("a look shows %d bytes", s.view)
	}
}

// TestPipe_StaysForASlowSink: a FIFO that is full because what it holds cannot be
// stored stays as it is.
func TestPipe_StaysForASlowSink(t *testing.T) {
	l, s := newRig(t).bare()
	for range 4 * wideRuns {
		s.held = s.view
		l.widen(s, 1000)
	}
	if s.view != usualPipe {
		t.Errorf("a look shows %d bytes", s.view)
	}
}

// TestPipe_KeepsWhatIsInIt: a FIFO with more in it than it used to hold stays
// large, as long as that is so, and is shown whole.
func TestPipe_KeepsWhatIsInIt(t *testing.T) {
	r := newRig(t)
	l, s := r.bare()
	for range wideRuns {
		s.held = s.view
		l.widen(s, s.held)
	}
	r.write(0, strings.Repeat("x", widePipe))
	l.narrow(s)
	if s.held = 0; s.view != widePipe {
		t.Fatalf("a look shows %d bytes", s.view)
	}
	if l.peek(0, s); s.held != widePipe {
		t.Errorf("%d bytes were seen", s.held)
	}
}

// TestPipe_AsLargeAsFound: a FIFO that somebody else has made larger stays so.
func TestPipe_AsLargeAsFound(t *testing.T) {
	r := newRig(t)
	r.must(sys.SetPipeSize(r.fifos[0], 1<<20))
	l, s := r.bare()
	l.narrow(s)
	if s.view != bufSize || l.capacity(s.fd) != 1<<20 {
		t.Errorf("a look shows %d bytes of %d", s.view, l.capacity(s.fd))
	}
}

// bare is a loop that only has the first stream, and does not run.
func (r *rig) bare() (*Loop, *stream) {
	r.t.Helper()
	l := new(Loop)
	l.SetState(r.state)
	l.SetStream(0, r.dup(r.fifos[0]), r.dup(r.stash[0]), nil)
	l.fit(&l.streams[0])
	return l, &l.streams[0]
}

// TestPipe_LeftOverOfALook: what a process that was killed had copied into the
// stash to look at it is not taken for output, nor for bytes on their way out.
func TestPipe_LeftOverOfALook(t *testing.T) {
	r := newRig(t)
	_, err := r.stash[0].WriteString(strings.Repeat("seen\n", 1000))
	r.must(err)
	r.write(0, "seen\nand new\n")
	run := r.start(-1)
	for _, want := range []string{"seen", "and new"} {
		if _, msg, _ := r.entry(); msg != want {
			t.Errorf("got %q, want %q", msg, want)
		}
	}
	run.end()
	if n := run.loop.pending(int32(r.dup(r.stash[0]))); n != 0 {
		t.Errorf("%d bytes are left in the stash", n)
	}
}
