package loop

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestLargeWrite: a write of much more than a pipe holds goes on as soon as there
// is room. There is no event of that before the pipe is empty or the write ends: a
// loop that waits for one looks again when an unfinished line's time is over.
func TestLargeWrite(t *testing.T) {
	r := newRig(t)
	go r.discard()
	path := r.path("log")
	w := r.watch(func(l *Loop) {
		l.SetJournalOff()
		l.SetFile(0, K8sFile, []byte(path), 0, 1, true)
	})
	const line = "a line of text that is some seventy bytes long, as in many a log file\n"
	out, err := os.OpenFile(r.path("fifo0"), os.O_WRONLY, 0)
	r.must(err)
	r.must(unix.SetNonblock(int(out.Fd()), false)) // one write(2)
	n, err := unix.Write(int(out.Fd()), bytes.Repeat([]byte(line), 40_000))
	r.must(err)
	r.must(out.Close())
	l := w.call()
	l.Drain()
	w.again()
	w.returns(Drained)
	text, err := os.ReadFile(path)
	r.must(err)
	if got := strings.Count(string(text), " stdout F "); got != n/len(line) {
		t.Errorf("%d lines are logged, not %d", got, n/len(line))
	}
	// A writer may be without a processor for long, but not each time.
	if windows, late := n/bufSize, pauses(t, string(text)); late > windows/10 {
		t.Errorf("in %d bufferfuls the loop has waited %d times", windows, late)
	}
}

// pauses counts how often a record is later than the one before by an unfinished
// line's time.
func pauses(t *testing.T, log string) (n int) {
	t.Helper()
	last := time.Time{}
	for line := range strings.Lines(log) {
		stamp, _, _ := strings.Cut(line, " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			t.Fatal(err)
		}
		if !last.IsZero() && at.Sub(last) >= TailMS*time.Millisecond*9/10 {
			n++
		}
		last = at
	}
	return n
}

// TestShortPieces: a pipe that short pieces without a newline have filled has no
// room for the newline.
func TestShortPieces(t *testing.T) {
	r := newRig(t)
	go r.discard()
	w := r.watch(func(l *Loop) {
		l.SetJournalOff()
		l.SetFile(0, K8sFile, []byte(r.path("log")), 0, 1, true)
	})
	piece := strings.Repeat("x", 2049) // one page of the pipe each
	r.must(r.fifos[0].SetWriteDeadline(time.Now().Add(patience)))
	for range 200 {
		r.write(0, piece)
	}
	l := w.call()
	l.Drain()
	w.again()
	w.returns(Drained)
	text, err := os.ReadFile(r.path("log"))
	r.must(err)
	if n := strings.Count(string(text), "x"); n != 200*len(piece) {
		t.Errorf("%d bytes are logged, not %d", n, 200*len(piece))
	}
	if late := pauses(t, string(text)); late > 4 { // of 12 times that the pipe was full
		t.Errorf("the loop has waited %d times", late)
	}
}
