package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// Many lines at once go to journald by its stream protocol, which costs it and
// us far less than an entry per datagram, where the manager gives the relay's
// unit the container's fields (LogExtraFields=, systemd.exec(5)). The stream has
// no place for empty lines, white space at a line's end, NUL bytes and unfinished
// lines (stdout_stream_log() in journald-stream.c), and is slower for long lines:
// those go as datagrams.
//
// The two ways are never under way at the same time: what went the one way is
// read by journald before anything goes the other, so that lines keep their
// order. A portion counts as stored when journald has read it: one that is lost
// with its connection is sent once more. The connection outlives this process,
// and what is on its way by it is noted in the state: so a process that is killed
// does not make journald store it twice.
const (
	bulkLines = 16       // fewer are not worth it
	bulkLine  = 512      // bytes of a line
	bulkMax   = 32 << 10 // bytes of a portion: one buffer of the kernel's, all or nothing
)

// bulk is one stream's connection to journald.
type bulk struct {
	on     bool
	fd     int32  // -1: not connected
	offAt  int64  // not to be tried before
	after  uint64 // nor before this offset of the stream
	header text
}

// bulkState is what journald has not read, as far as is known.
type bulkState struct{ bytes, lines uint32 }

// BulkName is the name of stream i's connection in the file descriptor store.
func BulkName(i int) string {
	if i == 0 {
		return "journal-0"
	}
	return "journal-1"
}

// SetBulkFD takes up a connection that an earlier process left in the file
// descriptor store. SetBulk goes first.
func (l *Loop) SetBulkFD(i, fd int) { l.bulks[i&1].fd = int32(fd) }

// watchBulks registers the connections of an earlier process.
func (l *Loop) watchBulks() {
	for i := range l.bulks {
		w := &l.bulks[i]
		switch {
		case !w.on || w.fd < 0:
			l.state.bulks[i] = bulkState{} // it is sent once more
		case l.watch(raw.EpollAdd, w.fd, raw.EpollOut|raw.EpollET, tagBulk+i) < 0:
			l.closeBulk(i)
		}
		if l.state.bulks[i].bytes > 0 {
			l.journal.retryAt = sooner(l.journal.retryAt, l.now+guard)
			l.trouble()
		}
	}
}

// SetBulk gives the loop the header of a stream to journald for stream i
// (identifier, unit, priority, four switches, a line each) and the path of the
// socket. It reports whether they fit. It must not be combined with SetDrop.
func (l *Loop) SetBulk(i int, header, path []byte) bool {
	b := &l.bulks[i&1]
	if len(header) > len(b.header.buf) {
		return false
	}
	b.header.reset()
	b.header.addBytes(header)
	b.on, b.fd = true, -1
	l.bulkLen = l.bulkAddr.setPath(path)
	return l.bulkLen > 0
}

// logBulk stores lines at the head of b by a stream, if there are enough that can
// be. It returns whether stream i must wait for journald.
func (l *Loop) logBulk(i int, b []byte) (wait bool) {
	w, offset := &l.bulks[i&1], l.state.streams[i&1].journal
	if !w.on || l.now < w.offAt || offset < w.after {
		return false
	}
	n, lines := plainRun(b[:min(len(b), bulkMax)])
	if lines < bulkLines {
		w.after = offset + uint64(n) + 1 // one that is not plain begins there
		return false
	}
	if !l.connectBulk(i) {
		return false
	}
	if l.unread(l.journal.fd) > 0 {
		l.awaitRead()
		return true
	}
	r := raw.Call(raw.SysSendto, uintptr(w.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(n),
		raw.MsgDontwait|raw.MsgNosignal, 0, 0)
	if r != n {
		l.closeBulk(i)
		return false
	}
	l.state.bulks[i&1] = bulkState{uint32(n), uint32(lines)}
	l.journal.retryAt = sooner(l.journal.retryAt, l.now+guard)
	l.trouble() // if it is still not read then
	return !l.bulkRead(i)
}

// bulkRead reports whether journald has read all that stream i has sent to it.
func (l *Loop) bulkRead(i int) bool {
	w, b := &l.bulks[i&1], &l.state.bulks[i&1]
	if b.bytes == 0 {
		return true
	}
	if l.unread(w.fd) > 0 {
		return false
	}
	if l.broken(w.fd) {
		l.closeBulk(i) // it is sent once more
		return true
	}
	n, lines := b.bytes, b.lines
	*b = bulkState{}
	l.state.streams[i&1].journal += uint64(n)
	l.state.stats.Lines += uint64(lines)
	l.journal.tookAt = l.now
	return true
}

// bulkBusy reports whether anything is on its way.
func (l *Loop) bulkBusy() bool { return l.state.bulks[0].bytes > 0 || l.state.bulks[1].bytes > 0 }

// plainRun is how many bytes at the head of b are lines that the stream protocol
// does not alter, and how many lines.
func plainRun(b []byte) (n, lines int) {
	for {
		rest := b[n:]
		end := indexNewline(rest[:min(len(rest), bulkLine+1)])
		if end <= 0 {
			return n, lines
		}
		switch rest[end-1] {
		case ' ', '\t', '\r':
			return n, lines
		}
		if hasNUL(rest[:end]) {
			return n, lines
		}
		n += end + 1
		lines++
	}
}

// hasNUL reports whether b has a NUL byte.
func hasNUL(b []byte) bool {
	const low, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := *(*uint64)(unsafe.Pointer(&b[i]))
		if (w-low)&^w&high != 0 {
			return true
		}
	}
	for ; i < len(b); i++ {
		if b[i] == 0 {
			return true
		}
	}
	return false
}

// connectBulk connects stream i, if it is not.
func (l *Loop) connectBulk(i int) bool {
	w := &l.bulks[i&1]
	if w.fd >= 0 {
		return true
	}
	fd := raw.Call(raw.SysSocket, raw.AFUnix, raw.SockStream|raw.SockCloexec|raw.SockNonblock, 0, 0, 0, 0)
	if fd < 0 {
		return false
	}
	w.fd = int32(fd)
	ok := raw.Call(raw.SysConnect, uintptr(fd), uintptr(unsafe.Pointer(&l.bulkAddr)), uintptr(l.bulkLen), 0, 0, 0) >= 0 &&
		raw.Call(raw.SysSendto, uintptr(fd), uintptr(unsafe.Pointer(&w.header.buf)), uintptr(w.header.n),
			raw.MsgDontwait|raw.MsgNosignal, 0, 0) == w.header.n &&
		l.watch(raw.EpollAdd, w.fd, raw.EpollOut|raw.EpollET, tagBulk+(i&1)) >= 0
	if !ok {
		l.closeBulk(i)
		return false
	}
	l.storeFD(BulkName(i), w.fd)
	return true
}

// closeBulk gives up a connection; what was on its way is not stored.
func (l *Loop) closeBulk(i int) {
	w := &l.bulks[i&1]
	closeFD(w.fd)
	l.unstore(BulkName(i))
	w.fd, l.state.bulks[i&1] = -1, bulkState{}
	w.offAt = l.now + guard
}

// awaitRead arms the event that tells that journald has read a datagram.
func (l *Loop) awaitRead() {
	l.journal.emptying = true
	l.journal.retryAt = l.now + guard
	l.watch(raw.EpollMod, l.journal.fd, raw.EpollOut|raw.EpollET, tagSend)
}

// emptied ends the wait for journald, and takes that event away.
func (l *Loop) emptied() {
	l.journal.emptying = false
	l.watch(raw.EpollMod, l.journal.fd, raw.EpollOneshot, tagSend)
	l.wakeStreams()
}

// unread is how much that was sent on a socket was not received yet; its unit is
// the kernel's, but 0 is none (SIOCOUTQ, unix(7)), and so is 1: a buffer that is
// being freed (sock_wfree() in net/core/sock.c), which is when the event comes.
func (l *Loop) unread(fd int32) int32 {
	v := &l.scratch.value
	*v = 0
	raw.Call(raw.SysIoctl, uintptr(fd), raw.Siocoutq, uintptr(unsafe.Pointer(v)), 0, 0, 0)
	return *v &^ 1
}

// broken reports whether the other side has closed a socket with something
// unread in it (ECONNRESET, SO_ERROR).
func (l *Loop) broken(fd int32) bool {
	k := &l.scratch
	k.value, k.length = 0, 4
	r := raw.Call(raw.SysGetsockopt, uintptr(fd), raw.SolSocket, raw.SoError,
		uintptr(unsafe.Pointer(&k.value)), uintptr(unsafe.Pointer(&k.length)), 0)
	return r < 0 || k.value != 0
}
