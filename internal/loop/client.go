package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// Requests, one packet each, and the first byte of every answer. The protocol
// is described in docs/PROTOCOLS.md.
const (
	reqFollow = "follow"
	reqDrain  = "drain"

	// AnswerOK and AnswerError begin an answer that is no output.
	AnswerOK    = 'K'
	AnswerError = 'E'
	// PacketStdout and PacketStderr begin a packet of output, as in
	// conmon's attach protocol.
	PacketStdout = 2
	PacketStderr = 3
	// PacketData is the most output that one packet carries, in bytes.
	PacketData = 8192
)

// Client states.
const (
	clientFree   = iota
	clientNew    // connected, has not asked for anything
	clientFollow // gets the output
	clientDrain  // waits until the FIFOs are empty
)

// client is one connection on the control socket.
type client struct {
	fd     int32
	state  uint8
	events uint32   // epoll events that were not looked at
	shown  [2]int32 // this sink's progress
}

// SetFollower takes up a follower's connection that an earlier relay process
// left in the file descriptor store, and answers it: that one may have been
// killed before it could. It reports whether there was a place.
func (l *Loop) SetFollower(fd int) bool {
	for i := range l.clients {
		c := &l.clients[i]
		if c.state == clientFree {
			*c = client{fd: int32(fd), state: clientFollow}
			l.answer(c.fd, AnswerOK)
			return true
		}
	}
	return false
}

// watchClient registers client i.
func (l *Loop) watchClient(i int) int {
	return l.watch(raw.EpollAdd, l.clients[i&(MaxClients-1)].fd, raw.EpollIn|raw.EpollOut|raw.EpollET, tagClient+i)
}

// accept takes every connection that waits.
func (l *Loop) accept() {
	for l.backlog {
		fd := raw.Call(raw.SysAccept4, uintptr(l.listener), 0, 0, raw.SockCloexec|raw.SockNonblock, 0, 0)
		if fd == raw.EINTR {
			continue
		}
		if fd < 0 {
			l.backlog = false
			return
		}
		l.admit(int32(fd))
	}
}

// admit gives a connection a place; a full table loses first a client that
// never asked for anything, so that idle connections cannot keep others out.
func (l *Loop) admit(fd int32) {
	slot := -1
	for i := range l.clients {
		switch state := l.clients[i].state; {
		case state == clientFree:
			slot = i
		case state == clientNew && slot < 0:
			slot = i
		}
	}
	if slot < 0 {
		l.answer(fd, AnswerError)
		closeFD(fd)
		return
	}
	slot &= MaxClients - 1
	l.drop(&l.clients[slot])
	l.clients[slot] = client{fd: fd, state: clientNew}
	l.moved = l.now
	if l.watchClient(slot) < 0 {
		l.drop(&l.clients[slot])
	}
}

// serve reads the requests of all clients that have events.
func (l *Loop) serve() {
	for i := range l.clients {
		c := &l.clients[i]
		if c.state == clientFree || c.events == 0 {
			continue
		}
		events := c.events
		c.events = 0
		if events&raw.EpollIn != 0 {
			l.receive(c)
		}
		if events&(raw.EpollHup|raw.EpollErr) != 0 {
			l.drop(c)
		}
		if events&raw.EpollOut != 0 && c.state == clientFollow {
			l.wakeStreams() // it has room again
		}
	}
}

// receive reads requests until there are none or the client is gone.
func (l *Loop) receive(c *client) {
	for c.state != clientFree {
		n := raw.Call(raw.SysRecvfrom, uintptr(c.fd), uintptr(unsafe.Pointer(&l.req)), uintptr(len(l.req)), raw.MsgDontwait, 0, 0)
		switch {
		case n == raw.EINTR:
		case n == raw.EAGAIN:
			return
		case n <= 0:
			l.drop(c)
		default:
			l.request(c, l.req[:min(n, len(l.req))])
		}
	}
}

// request does what a client asks for.
func (l *Loop) request(c *client, req []byte) {
	l.moved = l.now
	switch {
	case c.state == clientNew && string(req) == reqFollow && l.followers() < MaxFollowers:
		c.state = clientFollow
		c.shown = [2]int32{}
		l.storeFD(c.fd) // first: who has the answer is not cut off
		l.answer(c.fd, AnswerOK)
		l.wakeStreams()
	case c.state == clientNew && string(req) == reqDrain:
		c.state = clientDrain
		l.drains++
		l.makeRoom()
		l.lookAgain()
	default:
		l.answer(c.fd, AnswerError)
		l.drop(c)
	}
}

// followers counts the clients that follow.
func (l *Loop) followers() int {
	n := 0
	for i := range l.clients {
		if l.clients[i].state == clientFollow {
			n++
		}
	}
	return n
}

// makeRoom widens the followers' socket buffers: the container is gone, so
// what is left is bounded by its two FIFOs, and the end must not wait for a
// reader. The kernel keeps what is in a socket, also when this process is gone.
func (l *Loop) makeRoom() {
	for i := range l.clients {
		c := &l.clients[i]
		if c.state != clientFollow {
			continue
		}
		size := &l.scratch.value
		*size = 1 << 20
		r := raw.Call(raw.SysSetsockopt, uintptr(c.fd), raw.SolSocket, raw.SoSndbufforce, uintptr(unsafe.Pointer(size)), 4, 0)
		if r < 0 { // not privileged: as far as net.core.wmem_max lets us
			raw.Call(raw.SysSetsockopt, uintptr(c.fd), raw.SolSocket, raw.SoSndbuf, uintptr(unsafe.Pointer(size)), 4, 0)
		}
	}
}

// finishDrains answers the clients that wait for empty FIFOs.
func (l *Loop) finishDrains() {
	if l.drains == 0 || !l.streams[0].empty() || !l.streams[1].empty() {
		return
	}
	for i := range l.clients {
		c := &l.clients[i]
		if c.state == clientDrain {
			l.answer(c.fd, AnswerOK)
			l.drop(c)
		}
	}
}

// feed shows follower c what it has not seen of stream i, and returns its
// progress. A follower without room holds the stream back, as a pipe would;
// while draining it is dropped instead.
func (l *Loop) feed(c *client, i int, b []byte) int32 {
	const all = 1<<31 - 1
	if c.state != clientFollow {
		return all
	}
	shown := &c.shown[i&1]
	for int(*shown) < len(b) {
		chunk := packetOf(b[*shown:])
		r := l.packet(c.fd, byte(PacketStdout+i), chunk)
		switch {
		case r >= 0:
			*shown += int32(len(chunk))
			l.moved = l.now
		case r == raw.EINTR:
		case r == raw.EAGAIN && l.drains == 0:
			return *shown
		default:
			if r == raw.EAGAIN {
				l.stats.Dropped++
			}
			l.drop(c)
			return all
		}
	}
	return *shown
}

// packetOf is the head of b that goes into one packet: it ends with a line
// where it can.
func packetOf(b []byte) []byte {
	if len(b) <= PacketData {
		return b
	}
	for n := PacketData; n > 0; n-- {
		if b[n-1] == '\n' {
			return b[:n]
		}
	}
	return b[:PacketData]
}

// packet sends one packet of output.
func (l *Loop) packet(fd int32, kind byte, data []byte) int {
	k := &l.scratch
	k.kind = kind
	k.iov[0] = iovec{uintptr(unsafe.Pointer(&k.kind)), 1}
	k.iov[1] = iovec{uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data))}
	k.msg = msghdr{iov: uintptr(unsafe.Pointer(&k.iov)), iovlen: 2}
	return raw.Call(raw.SysSendmsg, uintptr(fd), uintptr(unsafe.Pointer(&k.msg)), raw.MsgDontwait|raw.MsgNosignal, 0, 0, 0)
}

// answer sends a packet of one byte; a client that cannot take it will see the
// connection end.
func (l *Loop) answer(fd int32, kind byte) { l.packet(fd, kind, nil) }

// drop ends a connection. It is shut down as well as closed, because the
// manager may hold another copy of it in the file descriptor store, which it
// lets go when it sees the hang-up.
func (l *Loop) drop(c *client) {
	if c.state == clientFree {
		return
	}
	if c.state == clientDrain {
		l.drains--
	}
	if c.state == clientFollow {
		l.wakeStreams() // it may have been what held a stream back
	}
	raw.Call(raw.SysShutdown, uintptr(c.fd), raw.ShutRdwr, 0, 0, 0, 0)
	closeFD(c.fd)
	*c = client{}
	l.moved = l.now
}
