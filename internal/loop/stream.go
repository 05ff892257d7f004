package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// stream is one of the container's two outputs, as far as it does not outlive
// the process. Its sinks are the ring, the log files and the journal; what all
// have taken leaves the FIFO.
type stream struct {
	fd        int32 // the FIFO, open for reading
	stash     int32 // a pipe that bytes go through, to be seen and on their way out
	view      int32 // bytes that a look shows at most
	runs      int32 // looks in a row that found the FIFO full and could empty it
	usual     int32 // how large the FIFO was before it was made larger, 0: it was not
	ready     bool  // there may be something to do
	fresh     bool  // there may be bytes in the FIFO that were not seen
	caughtUp  bool  // every sink has taken what it can of what was seen
	expire    bool  // an unfinished line's time has come
	force     bool  // store an unfinished line now
	base      int32 // where in buf the head of the FIFO is
	held      int32 // bytes seen in the FIFO and not consumed
	owedFrom  int32 // what of buf is not in the ring, though it counts so
	owedTo    int32
	tailDue   int64         // when an unfinished line is stored, 0: none waits
	lookIn    int64         // us to the next look that no event asks for
	lookDue   int64         // when that is, 0: never
	sec, nsec int64         // when the bytes were seen, CLOCK_REALTIME
	buf       [bufSize]byte // what was seen
	entry     entry
}

// empty reports whether nothing is known to be in the FIFO.
func (s *stream) empty() bool { return s.held == 0 && !s.ready }

// unseen is what was seen of stream i from offset on.
func (l *Loop) unseen(i int, offset uint64) []byte {
	s := &l.streams[i&1]
	b := s.buf[s.base:][:s.held]
	return b[min(offset-l.state.streams[i&1].head, uint64(len(b))):]
}

// SetStream sets up stream i (0 stdout, 1 stderr): its FIFO, a pipe that is open
// for reading and writing and outlives the process, and the constant fields of
// its journal entries in native form, each ended by a newline. Both descriptors
// are non-blocking. A negative fifo switches the stream off. It reports whether
// the fields fit.
func (l *Loop) SetStream(i, fifo, stash int, fields []byte) bool {
	s := &l.streams[i&1]
	s.fd, s.stash = int32(fifo), int32(stash)
	s.ready, s.fresh, s.caughtUp = fifo >= 0, fifo >= 0, true
	return s.entry.set(fields)
}

// pumpAll moves one bufferful of every stream that may have bytes. If the first
// must wait for room, the other is to have it when there is some: else a stream
// that fills the journal for ever would keep the other out of it.
func (l *Loop) pumpAll() {
	if l.calm.until > 0 && l.drains == 0 {
		return
	}
	before := l.state.stats.Bytes
	first := int(l.first & 1)
	for turn := range l.streams {
		i := (first + turn) & 1
		s := &l.streams[i]
		if s.tailDue > 0 && l.now >= s.tailDue {
			s.expire = true
		}
		s.glance(l.now)
		switch {
		case !s.ready && !s.expire:
		case l.holds(s):
			s.ready = false // more of it is an event
		default:
			l.pump(i, s)
		}
	}
	l.first = 0
	if !l.streams[first].caughtUp {
		l.first = uint8(1 - first)
	}
	l.unqueue()
	l.coalesce(l.state.stats.Bytes - before)
}

// pump hands the head of stream i to every sink and consumes what all of them
// have taken.
func (l *Loop) pump(i int, s *stream) {
	last := s.expire || l.drains > 0
	s.expire = false
	if last || l.wants(s) {
		// An unfinished line is stored as it is only if nothing came since.
		held := s.held
		l.peek(i, s)
		s.force = last && s.held == held && !s.fresh
		if last || s.held != held {
			s.tailDue = 0
		}
	}
	if s.held == 0 {
		s.ready, s.fresh, s.caughtUp, s.tailDue, s.lookDue = false, false, true, 0, 0
		return
	}
	full := s.held >= s.view/2
	if l.unseenBytes(i) && l.listener[1] >= 0 && l.poll(l.listener[1], raw.EpollIn) != 0 {
		// Who had connected before these bytes were written is to see them.
		// An accept4(2) that finds nobody costs four times what asking does.
		l.backlog[1] = true
		l.accept()
	}
	s.caughtUp = l.show(i)
	l.flushAll() // the sooner clients have it
	for f := range l.files {
		s.caughtUp = l.logFile(f, i, s) && s.caughtUp
	}
	s.caughtUp = l.logJournal(i, s) && s.caughtUp
	s.force = false
	tail := l.tail(i)
	l.consume(i, s)
	// Otherwise wait: for more bytes, for room, or for the tail's time.
	// A full view shows no end, and waits for the sink that keeps it full.
	s.ready = l.wants(s) || l.drains > 0 && tail && s.held < s.view
	s.holdTail(tail, l.now)
	s.watchWriter(full && s.held < s.view/2, l.now)
}

// lookFirst is the first time, in us, after which a look is taken that no event
// asks for.
const lookFirst = 100

// watchWriter is called when stream i was looked at. A write that is larger than
// the room that there is goes on when there is some, and the kernel tells nobody
// of it as long as the FIFO is not empty (pipe_write in fs/pipe.c): after room
// was made the loop looks by itself, soon and then less and less often.
func (s *stream) watchWriter(room bool, now int64) {
	if room {
		s.lookIn, s.lookDue = lookFirst, now+lookFirst
	}
}

// glance takes such a look, if its time has come.
func (s *stream) glance(now int64) {
	if s.lookDue == 0 || now < s.lookDue {
		return
	}
	s.ready, s.fresh = true, true
	s.lookDue = 0
	if s.lookIn *= 2; s.lookIn < TailMS*ms {
		s.lookDue = now + s.lookIn
	}
}

// unseenBytes reports whether there is something for clients in stream i.
func (l *Loop) unseenBytes(i int) bool { return len(l.unseen(i, l.state.streams[i&1].ring)) > 0 }

// wants reports whether it is time to look for more: when every sink has what
// was seen, or one waits for room and others must not wait with it.
func (l *Loop) wants(s *stream) bool {
	return s.fresh && (s.caughtUp || s.held < s.view && (l.readers > 0 || l.files[0].on || l.drop))
}

// tail reports whether an unfinished line of stream i waits, for a sink that
// could take it.
func (l *Loop) tail(i int) bool {
	st, s := &l.state.streams[i&1], &l.streams[i&1]
	end := st.head + uint64(s.held)
	if l.journal.on && !l.journal.full && !l.journal.emptying && !l.waitsForRest(s) && l.state.bulks[i&1].bytes == 0 && st.journal < end {
		return true
	}
	for f := range l.files {
		if l.files[f].on && !l.files[f].full && st.files[f] < end {
			return true
		}
	}
	return false
}

// holdTail gives an unfinished line the time to wait for its newline.
func (s *stream) holdTail(tail bool, now int64) {
	switch {
	case !tail:
		s.tailDue = 0
	case s.tailDue == 0 && s.caughtUp && s.held >= s.view/2:
		s.tailDue = now + ms // it may be full of short pieces: nothing comes before there is room
	case s.tailDue == 0:
		s.tailDue = now + TailMS*ms
	}
}

// peek copies the head of the FIFO into s.buf without taking it out. The copy
// goes through the stash, which is empty then: head and target are the same, so
// a process that finds something in it throws it away.
func (l *Loop) peek(i int, s *stream) {
	l.rested = false
	n := raw.Call(raw.SysTee, uintptr(s.fd), uintptr(s.stash), uintptr(s.view), raw.SpliceNonblock, 0, 0)
	if n == raw.EINTR {
		return
	}
	l.forgo(i, n)
	got := 0
	for got < n && got < bufSize {
		r := raw.Call(raw.SysRead, uintptr(s.stash), uintptr(unsafe.Pointer(&s.buf[got])), uintptr(n-got), 0, 0, 0)
		if r <= 0 {
			break // the stash is ours and holds n bytes: not reached
		}
		got += r
	}
	if got > int(s.held) && l.files[0].on {
		t := l.realtime()
		s.sec, s.nsec = t.sec, t.nsec
	}
	// Look again until nothing new comes: one look may show only a part, and
	// one that fills the view shows nothing of what is beyond.
	s.fresh = got > int(s.held) || got == int(s.view) && got > MaxLine
	s.base, s.held = 0, int32(got)
	l.state.clamp(i, s.held)
	l.keepMessage(i)
}

// clamp takes back what sinks have taken of bytes that are not there any more:
// somebody else has read from the FIFO.
func (st *State) clamp(i int, held int32) {
	s := &st.streams[i&1]
	end := s.head + uint64(held)
	s.ring, s.journal = min(s.ring, end), min(s.journal, end)
	for f := range s.files {
		s.files[f] = min(s.files[f], end)
	}
}

// consume takes out of the FIFO what every sink of stream i has.
func (l *Loop) consume(i int, s *stream) {
	st := &l.state.streams[i&1]
	done := st.ring
	if l.journal.on {
		done = min(done, st.journal)
	}
	for f := range l.files {
		if l.files[f].on {
			done = min(done, st.files[f])
		}
	}
	l.sinksOff(st, done)
	if done <= st.head {
		return
	}
	n := int32(done - st.head)
	st.target = done
	l.finishConsume(i, 0)
	l.widen(s, n)
	s.fresh = true // what was beyond the view now fits into it
	s.base += n
	s.held -= n
	l.state.stats.Bytes += uint64(n)
	l.moved = l.now
}

// sinksOff keeps the offsets of sinks that are not used where the head is.
func (l *Loop) sinksOff(st *streamState, done uint64) {
	if !l.journal.on {
		st.journal = done
	}
	for f := range l.files {
		if !l.files[f].on {
			st.files[f] = done
		}
	}
}

// finishConsume brings the head of stream i to its target. The bytes go through
// a pipe that outlives the process: a process that finds head and target apart
// knows by that pipe's content how far the one before it came. moved is how much
// of the way to the target is in the pipe.
func (l *Loop) finishConsume(i int, moved uint64) {
	st, s := &l.state.streams[i&1], &l.streams[i&1]
	for st.head+moved < st.target {
		left := st.target - st.head - moved
		r := raw.Call(raw.SysSplice, uintptr(s.fd), 0, uintptr(s.stash), 0, uintptr(left), raw.SpliceNonblock)
		switch {
		case r > 0:
			moved += uint64(r)
		case r == raw.EINTR:
		case moved == 0:
			st.head = st.target // somebody else has read them
		default:
			// The pipe is full: what is in it is out for good.
			rest := st.target
			st.target = st.head + moved
			st.head = st.target
			l.empty(s.stash, moved)
			moved, st.target = 0, rest
		}
	}
	st.head = st.target
	l.empty(s.stash, moved)
}

// pending is how many bytes are in a pipe.
func (l *Loop) pending(fd int32) uint64 {
	v := &l.scratch.value
	*v = 0
	raw.Call(raw.SysIoctl, uintptr(fd), raw.Fionread, uintptr(unsafe.Pointer(v)), 0, 0, 0)
	return uint64(max(*v, 0))
}

// empty takes n bytes out of a pipe that has them.
func (l *Loop) empty(fd int32, n uint64) {
	for n > 0 {
		r := raw.Call(raw.SysSplice, uintptr(fd), 0, uintptr(l.null), 0, uintptr(n), raw.SpliceNonblock)
		switch {
		case r > 0:
			n -= min(uint64(r), n)
		case r != raw.EINTR:
			return
		}
	}
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
