package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// stream is one of the container's two outputs. Its sinks are the journal and
// each follower; a sink's progress is how many bytes at the head of the FIFO it
// has taken already.
type stream struct {
	fd       int32         // the FIFO, open for reading
	scratch  [2]int32      // a pipe of our own that tee(2) copies into
	ready    bool          // there may be something to do
	fresh    bool          // there may be bytes in the FIFO that were not seen
	caughtUp bool          // every sink has taken what it can of what was seen
	expire   bool          // an unfinished line's time has come
	force    bool          // store an unfinished line now
	base     int32         // where in buf the head of the FIFO is
	held     int32         // bytes seen in the FIFO and not consumed
	logged   int32         // the journal's progress
	tailDue  int64         // when an unfinished line is stored, 0: none waits
	buf      [bufSize]byte // what was seen
	entry    entry
}

// seen is what is known of the FIFO's content, from its head on.
func (s *stream) seen() []byte { return s.buf[s.base:][:s.held] }

// empty reports whether nothing is known to be in the FIFO.
func (s *stream) empty() bool { return s.held == 0 && !s.ready }

// SetStream sets up stream i (0 stdout, 1 stderr): its FIFO, the two ends of a
// pipe at least as large, and the constant fields of its journal entries in
// native form, each ended by a newline. All descriptors are non-blocking. A
// negative fifo switches the stream off. It reports whether the fields fit.
func (l *Loop) SetStream(i, fifo, scratchRead, scratchWrite int, fields []byte) bool {
	s := &l.streams[i&1]
	s.fd = int32(fifo)
	s.scratch[0], s.scratch[1] = int32(scratchRead), int32(scratchWrite)
	s.ready, s.fresh, s.caughtUp = fifo >= 0, fifo >= 0, true
	return s.entry.set(fields)
}

// pumpAll moves one bufferful of every stream that may have bytes.
func (l *Loop) pumpAll() {
	for i := range l.streams {
		s := &l.streams[i]
		if s.tailDue > 0 && l.now >= s.tailDue {
			s.expire = true
		}
		if s.ready || s.expire {
			l.pump(i, s)
		}
	}
}

// pump hands the head of stream i to every sink and consumes what all of them
// have taken. Followers get what the journal has taken: whole lines, so that
// what a killed relay sends again is whole lines too.
func (l *Loop) pump(i int, s *stream) {
	last := s.expire || l.drains > 0
	s.expire = false
	if last || (s.fresh && s.caughtUp) {
		// An unfinished line is stored as it is only if nothing came since.
		held := s.held
		l.peek(s)
		s.force = last && s.held == held && !s.fresh
		s.tailDue = 0
	}
	if s.held == 0 {
		l.forget(i, s)
		return
	}
	s.caughtUp = l.logLines(s, s.seen())
	s.force = false
	done := s.logged
	for c := range l.clients {
		shown := l.feed(&l.clients[c], i, s.seen()[:s.logged])
		s.caughtUp = s.caughtUp && shown >= s.logged
		done = min(done, shown)
	}
	l.consume(i, s, done)
	// Otherwise wait: for more bytes, for room, or for the tail's time.
	tail := s.held > s.logged && !l.journal.full
	s.ready = s.fresh && s.caughtUp || l.drains > 0 && tail
	s.holdTail(tail, l.now)
}

// holdTail gives an unfinished line the time to wait for its newline.
func (s *stream) holdTail(tail bool, now int64) {
	switch {
	case !tail:
		s.tailDue = 0
	case s.tailDue == 0:
		s.tailDue = now + TailMS
	}
}

// forget notes that the FIFO of stream i is empty.
func (l *Loop) forget(i int, s *stream) {
	s.ready, s.fresh, s.caughtUp = false, false, true
	s.logged, s.tailDue = 0, 0
	for c := range l.clients {
		l.clients[c].shown[i&1] = 0
	}
}

// peek copies the head of the FIFO into s.buf without taking it out.
func (l *Loop) peek(s *stream) {
	n := raw.Call(raw.SysTee, uintptr(s.fd), uintptr(s.scratch[1]), bufSize, raw.SpliceNonblock, 0, 0)
	if n == raw.EINTR {
		return
	}
	got := 0
	for got < n && got < bufSize {
		r := raw.Call(raw.SysRead, uintptr(s.scratch[0]), uintptr(unsafe.Pointer(&s.buf[got])), uintptr(n-got), 0, 0, 0)
		if r <= 0 {
			break // the pipe is ours and holds n bytes: not reached
		}
		got += r
	}
	// Look again until nothing new comes: one look may show only a part, and
	// one that fills the view shows nothing of what is beyond.
	s.fresh = got > int(s.held) || got == bufSize
	s.base, s.held = 0, int32(got)
	s.logged = min(s.logged, s.held)
}

// consume takes n bytes out of the FIFO for good.
func (l *Loop) consume(i int, s *stream, n int32) {
	if n <= 0 {
		return
	}
	left := n
	for left > 0 {
		r := raw.Call(raw.SysSplice, uintptr(s.fd), 0, uintptr(l.null), 0, uintptr(left), raw.SpliceNonblock)
		if r == raw.EINTR {
			continue
		}
		if r <= 0 {
			break // somebody else read from the FIFO: nothing is left to take
		}
		left -= int32(r)
	}
	s.fresh = true // what was beyond the view now fits into it
	s.base += n
	s.held -= n
	s.logged -= n
	for c := range l.clients {
		l.clients[c].shown[i&1] -= n
	}
	l.stats.Bytes += uint64(n)
	l.moved = l.now
}

// wakeStreams makes the next turn look at every stream again.
func (l *Loop) wakeStreams() {
	for i := range l.streams {
		l.streams[i].ready = l.streams[i].fd >= 0
	}
}

// lookAgain is wakeStreams when there may also be bytes whose event has not
// been taken yet.
func (l *Loop) lookAgain() {
	for i := range l.streams {
		s := &l.streams[i]
		s.ready, s.fresh = s.fd >= 0, s.fd >= 0
	}
}
