package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// owedMin is from how many bytes on a read is not copied into the ring at once,
// while no client is there: if as much follows, nobody will ever see it.
const owedMin = 48 << 10

// show puts what is new of stream i into the ring. It is false if a client that
// holds the output back has no room for it.
func (l *Loop) show(i int) bool {
	st, s := &l.state.streams[i&1], &l.streams[i&1]
	rest := l.unseen(i, st.ring)
	if len(rest) == 0 {
		return true
	}
	if l.readers == 0 && len(rest) >= owedMin {
		to := s.base + s.held
		l.state.ring.gap = true // first: from here on the ring is not all there is
		st.ring += uint64(len(rest))
		s.owedFrom, s.owedTo = to-int32(len(rest)), to
		return true
	}
	l.payAll()
	for len(rest) > 0 {
		part := rest[:min(len(rest), RingSize/2)] // a full view, with its packets' headers, is more than the ring
		if !l.copyOut(i, part) {
			return false
		}
		rest = rest[len(part):]
	}
	return true
}

// copyOut puts b, which is what follows in stream i, into the ring.
func (l *Loop) copyOut(i int, b []byte) bool {
	st := &l.state.streams[i&1]
	if !l.makeSpace(l.state.needAll(len(b))) {
		return false
	}
	l.putAll(i, b, st.ring)
	return true
}

// putAll appends b, which begins at offset from of stream i, to the ring, where
// there is room for it.
func (l *Loop) putAll(i int, b []byte, from uint64) {
	st := &l.state.streams[i&1]
	for len(b) > 0 {
		chunk := b[:min(len(b), PacketData)]
		from += uint64(len(chunk))
		l.state.put(byte(PacketStdout+i&1), chunk, from)
		st.ring = max(st.ring, from)
		b = b[len(chunk):]
	}
}

// payAll copies into the ring what was left out, while it is still there.
func (l *Loop) payAll() {
	if !l.state.ring.gap {
		return
	}
	l.state.ring.tail = l.state.ring.write // what is there is older, with a gap behind
	for i := range l.streams {
		l.pay(i)
	}
	l.state.ring.gap = false
}

// pay is payAll for one stream.
func (l *Loop) pay(i int) {
	st, s := &l.state.streams[i&1], &l.streams[i&1]
	if s.owedTo == 0 {
		return
	}
	b := s.buf[max(s.owedFrom, s.owedTo-ReplaySize):s.owedTo] // nobody has been here to see more
	s.owedFrom, s.owedTo = 0, 0
	if !l.makeSpace(l.state.needAll(len(b))) {
		return // not reached: nobody is waited for
	}
	// st.ring stays: it never is before the head.
	l.putAll(i, b, st.ring-uint64(len(b)))
}

// forgo is called when n bytes of stream i are about to take the place of those
// that are owed.
func (l *Loop) forgo(i, n int) {
	s := &l.streams[i&1]
	if s.owedTo == 0 {
		return
	}
	if n < owedMin {
		l.payAll()
		return
	}
	s.owedFrom, s.owedTo = 0, 0
	l.state.ring.tail = l.state.ring.write
}

// makeSpace makes n bytes of the ring free. Clients that have not read what is
// overwritten are condemned; one that follows is waited for, while the
// container lives.
func (l *Loop) makeSpace(n uint64) bool {
	r := &l.state.ring
	if r.write+n-r.tail <= RingSize {
		return true
	}
	if l.readers > 0 {
		l.flushAll()
		l.loseIdle()
		if l.follows > 0 && l.drains == 0 && r.write+n-l.slowest() > RingSize {
			l.ringFull = true
			return false
		}
	}
	r.free(l.state, n)
	if l.readers > 0 {
		l.condemn(r.tail)
	}
	return true
}

// slowest is the oldest position of a client that follows.
func (l *Loop) slowest() uint64 {
	pos := l.state.ring.write
	for i := range l.top {
		if cs := &l.state.clients[i]; cs.used && cs.follows && !cs.condemned && !l.clients[i].hup {
			pos = min(pos, cs.pos)
		}
	}
	return pos
}

// condemn marks the clients that are behind tail: what they miss is gone.
func (l *Loop) condemn(tail uint64) {
	for i := range l.top {
		cs := &l.state.clients[i]
		if !cs.used || cs.condemned || cs.pos >= tail {
			continue
		}
		l.giveUpOn(i, cs)
	}
}

// giveUpOn condemns client i.
func (l *Loop) giveUpOn(i int, cs *clientState) {
	cs.condemned = true
	l.readers--
	l.state.stats.Dropped++
	t := &l.status.line
	t.reset()
	t.add("client ")
	t.number(uint64(i))
	t.add(" did not read and is more than ")
	t.number(RingSize)
	t.add(" bytes behind: it gets no more output")
	l.report(4, t.bytes())
	l.trouble()
}

// SetPatience makes attached clients hold the output back, as a pipe would,
// instead of being dropped when they are too far behind: the first MaxFollowers
// of them, and one that reads nothing for n milliseconds no longer.
func (l *Loop) SetPatience(n int64) { l.patience = min(max(n, 0), 1<<40) * ms }

// loseIdle gives up on clients that hold the output back and have read nothing
// for too long.
func (l *Loop) loseIdle() {
	if l.patience == 0 {
		return
	}
	for i := range l.top {
		cs, c := &l.state.clients[i], &l.clients[i]
		if cs.used && cs.plain && cs.follows && !cs.condemned && c.full && l.now-c.fullAt >= l.patience {
			l.giveUpOn(i, cs)
		}
	}
}

// patienceEnds is when the next client that holds the output back is given up
// on, 0 if none does.
func (l *Loop) patienceEnds() int64 {
	at := int64(0)
	if !l.ringFull || l.patience == 0 {
		return at
	}
	for i := range l.top {
		if cs, c := &l.state.clients[i], &l.clients[i]; cs.used && cs.plain && cs.follows && !cs.condemned && c.full {
			at = sooner(at, c.fullAt+l.patience)
		}
	}
	return at
}

// behind reports whether a client has not been sent everything.
func (l *Loop) behind() bool {
	for i := range l.top {
		if c := &l.clients[i]; c.kind == clientOutput && !c.hup && !l.state.clients[i].condemned && l.state.skip(l.state.clients[i].pos) < l.state.ring.write {
			return true
		}
	}
	return false
}

// flushAll sends every client what it has room for.
func (l *Loop) flushAll() {
	if l.outputs == 0 {
		return
	}
	for i := range l.top {
		if c := &l.clients[i]; c.kind == clientOutput && !c.full {
			l.flush(i, c, &l.state.clients[i])
		}
	}
}

// dropNotice is the last packet to a client that did not read.
const dropNotice = "unitmon: the output was not read in time: disconnected\n"

// flush sends client i what it has room for.
func (l *Loop) flush(i int, c *client, cs *clientState) {
	if cs.condemned {
		kind := byte(Notice)
		if cs.plain {
			kind = PacketStderr
		}
		t := &l.status.line
		t.reset()
		t.add(dropNotice)
		if l.packet(c.fd, kind, t.bytes()) == raw.EAGAIN {
			l.await(i, c)
			return
		}
		if cs.plain { // in conmon's protocol a client that is gone types no more
			l.closeInput()
		}
		l.dropClient(i)
		return
	}
	for c.kind == clientOutput && !c.full {
		cs.pos = l.state.skip(cs.pos)
		if cs.pos >= l.state.ring.write {
			if c.ends {
				l.dropClient(i)
			}
			return
		}
		n := 0
		if cs.skip > 0 {
			n = l.sendRest(c, cs)
		} else {
			n = l.sendPieces(c, cs)
		}
		switch {
		case n > 0 && l.ringFull && cs.follows:
			l.ringFull = false
			l.wakeStreams()
		case n == raw.EAGAIN:
			l.await(i, c)
		case n < 0 && n != raw.EINTR:
			l.loseReader(i, c, cs)
		}
	}
}

// await notes that client i has no room, and has epoll tell when it has. Asked
// for at any other time, that event would come for each packet that is read.
func (l *Loop) await(i int, c *client) {
	c.full, c.fullAt = true, l.now
	l.watch(raw.EpollMod, c.fd, clientEvents|raw.EpollOut, tagClient+i)
}

// loseReader is the end of a client that takes no output any more. What it has
// typed is still the container's.
func (l *Loop) loseReader(i int, c *client, cs *clientState) {
	if !cs.types || cs.condemned {
		l.dropClient(i)
		return
	}
	c.full, c.hup, c.unread = true, true, true
	cs.pos = l.state.ring.write
	l.letGo(cs)
}

// letGo is called when a client is waited for no longer: it may have been what
// held a stream back.
func (l *Loop) letGo(cs *clientState) {
	if cs.follows && l.ringFull {
		l.ringFull = false
		l.wakeStreams()
	}
}

// sendRest sends the end of the piece at the client's position.
func (l *Loop) sendRest(c *client, cs *clientState) int {
	b := l.state.data(cs.pos)
	r := l.packet(c.fd, l.state.at(cs.pos).kind, b[min(int(cs.skip), len(b)):])
	if r >= 0 {
		cs.pos, cs.skip = l.state.after(cs.pos), 0
		l.moved = l.now
	}
	return r
}

// sendPieces sends as many pieces as one system call takes.
func (l *Loop) sendPieces(c *client, cs *clientState) int {
	k, st := &l.scratch, l.state
	n := 0
	for pos := cs.pos; pos < st.ring.write && n < batch; pos = st.after(pos) {
		h := st.at(pos)
		k.iovs[n] = iovec{uintptr(unsafe.Pointer(&h.kind)), uintptr(h.size) + 1}
		k.msgs[n] = mmsghdr{msg: msghdr{iov: uintptr(unsafe.Pointer(&k.iovs[n])), iovlen: 1}}
		n++
	}
	r := raw.Call(raw.SysSendmmsg, uintptr(c.fd), uintptr(unsafe.Pointer(&k.msgs)), uintptr(n), raw.MsgDontwait|raw.MsgNosignal, 0, 0)
	for range r {
		cs.pos = st.after(cs.pos)
	}
	if r > 0 {
		l.moved = l.now
	}
	return r
}
