package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

const (
	// retryMin and retryMax bound the wait before journald is tried
	// again when the kernel has no event to wait for: its socket is gone
	// (ECONNREFUSED, ENOENT: nothing tells when a new one is bound) or the
	// kernel is out of buffers (ENOBUFS).
	retryMin = 10 * ms
	retryMax = 500 * ms
	// guard is the wait while events are expected, in case a journald that was
	// replaced took the one we wait for with it.
	guard = 1000 * ms
	// pauseMax bounds the pause that a busy journald is left alone for,
	// and pauseShare is how many entries it is trusted to take in one ms: less
	// than it does, so that its queue (net.unix.max_dgram_qlen, which systemd
	// sets to 512) does not run dry.
	pauseMax   = 4 * ms
	pauseShare = 16

	partialField = "CONTAINER_PARTIAL_MESSAGE=true\n"
	messageField = "MESSAGE="
)

// journald is the way to journald: one datagram socket that is never connected,
// because a connected one does not recover when journald's socket is replaced.
type journald struct {
	on       bool
	fd       int32
	probe    int32 // connected while journald has no room, only to be polled
	full     bool  // a send failed; wait for room
	own      bool  // the sending socket's buffer has room again
	queue    bool  // journald's queue has room again
	emptying bool  // wait until it has read every datagram
	whole    bool  // an unfinished line waits for its rest
	sent     int32 // entries since the last send that failed
	err      int32 // why, a negative error number
	backoff  int64
	retryAt  int64
	tookAt   int64 // when it last took an entry
	// queueMax is how many bytes of lines wait in the queue before lines are
	// dropped; 0 unless that is the policy.
	queueMax uint64
	addr     sockaddrUn
	addrLen  uint32
}

// entry builds one journal entry: constant fields, then what varies.
type entry struct {
	fields int
	prefix uint8 // what "<N>" before a line means, see SetPrefix
	level  byte  // N of the line at hand, 0: none
	whole  bool  // partial lines are not marked
	out    [MaxFields + len(levelField) + 2 + len(partialField) + len(messageField) + MaxLine + 1]byte
}

// set stores the constant fields and reports whether they fit.
func (e *entry) set(fields []byte) bool {
	if len(fields) > MaxFields {
		return false
	}
	e.fields = copy(e.out[:], fields)
	return true
}

// build makes an entry with one message and returns its length. A message has
// no newline in it, so the text form of the native protocol holds any bytes.
func (e *entry) build(text []byte, partial bool) int {
	n := e.open(partial)
	return e.close(n + copy(e.out[n:n+MaxLine], text))
}

// open makes an entry up to its message and returns where that goes.
func (e *entry) open(partial bool) int {
	n := e.fields
	if partial && !e.whole {
		n += copy(e.out[n:], partialField)
	}
	n += e.addLevel(n)
	return n + copy(e.out[n:], messageField)
}

// close ends an entry whose message ends at n, and returns its length.
func (e *entry) close(n int) int {
	e.out[n] = '\n'
	return n + 1
}

// SetJournal sets the two non-blocking datagram sockets and the path of
// journald's native socket. It reports whether the path fits.
func (l *Loop) SetJournal(send, probe int, path []byte) bool {
	j := &l.journal
	j.on, j.fd, j.probe = true, int32(send), int32(probe)
	j.addrLen = j.addr.setPath(path)
	return j.addrLen > 0
}

// SetJournalOff leaves the journal to what the relay says itself: the output of
// this container is logged elsewhere, or not at all.
func (l *Loop) SetJournalOff() { l.journal.on = false }

// watchJournal registers both sockets, without an event. A lack of room shows in
// one of two ways: on the sending socket when its own buffer is used up, on a
// socket connected to journald when journald's queue is. Both events are armed
// only for a journald that does not move, and once: the sending socket's would
// else come with each datagram that journald takes.
func (l *Loop) watchJournal() int {
	if r := l.watch(raw.EpollAdd, l.journal.fd, raw.EpollOneshot, tagSend); r < 0 {
		return r
	}
	return l.watch(raw.EpollAdd, l.journal.probe, raw.EpollOneshot, tagProbe)
}

// SetWholeLines makes an unfinished line wait for its rest as long as it takes,
// in the journal, unless the pipe has no room for that.
func (l *Loop) SetWholeLines() { l.journal.whole = true }

// waitsForRest reports whether an unfinished line in s does.
func (l *Loop) waitsForRest(s *stream) bool { return l.journal.whole && s.held < s.view/2 }

// logJournal stores every finished line of stream i that is not stored yet. It
// reports whether there is none left.
func (l *Loop) logJournal(i int, s *stream) bool {
	j, st := &l.journal, &l.state.streams[i&1]
	if !j.on {
		return true
	}
	if !l.bulkRead(i) {
		return false
	}
	for rest := l.unseen(i, st.journal); len(rest) > 0; {
		if j.full && !l.drop {
			return false
		}
		if l.logBulk(i, rest) {
			return false
		}
		if n := l.unseen(i, st.journal); len(n) < len(rest) {
			rest = n
			continue
		}
		r := nextRecord(rest, s.force && !l.waitsForRest(s) || l.atEnd(s))
		if r.used == 0 {
			return true
		}
		if !l.store(i, s, rest[:r.text], r.partial) {
			return false
		}
		st.journal += uint64(r.used)
		st.midLine = r.partial
		rest = rest[r.used:]
	}
	return true
}

// store gives one line to journald, or to the queue before it; one that finds
// no room there is lost. It is false if the line must wait.
func (l *Loop) store(i int, s *stream, line []byte, partial bool) bool {
	if l.drop && (l.journal.full || !l.state.queue.empty()) {
		l.enqueue(i, line, partial)
		return true
	}
	n := s.entry.build(s.entry.cutLevel(line, l.state.streams[i&1].midLine), partial)
	if l.send(&s.entry, n) {
		l.state.stats.Lines++
		return true
	}
	if l.drop {
		l.enqueue(i, line, partial)
	}
	return l.drop
}

// atEnd reports whether nothing can follow what was seen of s: the container is
// gone, and the last look found nothing new.
func (l *Loop) atEnd(s *stream) bool { return l.drains > 0 && !s.fresh }

// send gives one entry to journald; on failure it arranges for the next try.
func (l *Loop) send(e *entry, n int) bool {
	j := &l.journal
	for {
		r := raw.Call(raw.SysSendto, uintptr(j.fd), uintptr(unsafe.Pointer(&e.out)), uintptr(n),
			raw.MsgDontwait|raw.MsgNosignal, uintptr(unsafe.Pointer(&j.addr)), uintptr(j.addrLen))
		if r >= 0 {
			j.backoff, j.err = 0, 0
			j.sent++
			j.tookAt = l.now
			return true
		}
		if r == raw.EINTR {
			continue
		}
		j.err = int32(r)
		if !j.full {
			l.state.stats.Waits++
		}
		j.full = true
		l.trouble()
		l.arm(r)
		return false
	}
}

// arm sets up the event, or else the time, of the next try.
func (l *Loop) arm(err int) {
	j := &l.journal
	sent := j.sent
	j.sent = 0
	switch {
	case err == raw.EAGAIN && sent > 0:
		// It is only slower than we are: to wait for each place that it
		// makes would cost more than to send the entry.
		j.retryAt = l.now + min(max(int64(sent)*ms/pauseShare, ms), pauseMax)
	case err == raw.EAGAIN && l.armRoom():
		j.retryAt = l.now + guard
	default:
		j.backoff = min(max(2*j.backoff, retryMin), retryMax)
		j.retryAt = l.now + j.backoff
	}
}

// armRoom arms the two events that together mean room. Arming makes epoll look
// at once: room that came between the send and now is not missed, and the
// socket that never lacked any says so. It is false if journald cannot be
// reached.
func (l *Loop) armRoom() bool {
	j := &l.journal
	if raw.Call(raw.SysConnect, uintptr(j.probe), uintptr(unsafe.Pointer(&j.addr)), uintptr(j.addrLen), 0, 0, 0) < 0 {
		return false
	}
	j.own, j.queue = false, false
	l.watch(raw.EpollMod, j.fd, raw.EpollOut|raw.EpollOneshot, tagSend)
	l.watch(raw.EpollMod, j.probe, raw.EpollOut|raw.EpollOneshot, tagProbe)
	return true
}

// roomIn notes the event of one of the sockets. When both have room the loop
// tries again, a moment later, so that it finds more than one place.
func (j *journald) roomIn(l *Loop, tag int) {
	if j.emptying && tag == tagSend && l.unread(j.fd) == 0 {
		l.emptied()
	}
	j.own = j.own || tag == tagSend
	j.queue = j.queue || tag == tagProbe
	if j.full && j.own && j.queue {
		j.retryAt = min(j.retryAt, l.now+ms)
	}
}

// room makes the loop try again.
func (j *journald) room(l *Loop) {
	j.retryAt = 0
	if l.bulkBusy() {
		j.retryAt = l.now + guard
	}
	if j.emptying {
		l.emptied()
	}
	if l.bulkBusy() {
		l.wakeStreams()
	}
	if !j.full {
		return
	}
	j.full = false
	l.wakeStreams()
}
