package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// Limits of connections.
const (
	// MaxAttached bounds the clients that get output and are dropped when
	// they do not read.
	MaxAttached = 128
	// MaxFollowers bounds those that hold the output back instead.
	MaxFollowers = 12
	// MaxClients bounds all connections: each of those clients may have one
	// more, to tell its terminal's size, and the rest is for requests.
	MaxClients = 2*(MaxAttached+MaxFollowers) + 40

	// StoreMax is how many descriptors a relay keeps with the manager.
	StoreMax = MaxAttached + MaxFollowers + 8
)

// What a connection is.
const (
	clientFree   = iota
	clientNew    // may make requests
	clientOutput // gets the output
	clientDrain  // waits until the FIFOs are empty
)

// client is a connection, as far as it does not outlive the process.
type client struct {
	fd     int32
	kind   uint8
	full   bool   // its socket has no room
	hup    bool   // the other side has closed
	noMore bool   // the other side sends no more
	unread bool   // there may be input that was not read
	ends   bool   // the container has ended: it is let go when it has all
	events uint32 // epoll events that were not looked at
	fullAt int64  // since when its socket has no room
}

// clientState is what outlives the process of a client that gets output.
type clientState struct {
	pos       uint64 // in the ring
	skip      uint32 // bytes of the piece there that it does not want
	used      bool
	follows   bool // holds the output back
	types     bool // its packets are the container's input
	plain     bool // speaks conmon's protocol and knows nothing else
	condemned bool // did not read: is dropped as soon as it does
}

// ClientName begins the names of clients' connections in the file descriptor
// store; the number of their place follows.
const ClientName = "client-"

// ClientPlace is the place that a name in the file descriptor store has at its
// end, if it is that of a client's connection.
func ClientPlace(name string) (n int, ok bool) {
	if len(name) <= len(ClientName) || name[:len(ClientName)] != ClientName {
		return 0, false
	}
	return number([]byte(name[len(ClientName):]), MaxClients)
}

// SetClient takes up the connection of place n that an earlier process left in
// the file descriptor store. It reports whether there was one.
func (l *Loop) SetClient(n, fd int) bool {
	if n < 0 || n >= MaxClients || !l.state.clients[n].used || l.clients[n].kind != clientFree {
		return false
	}
	cs := &l.state.clients[n]
	l.clients[n] = client{fd: int32(fd), kind: clientOutput, unread: cs.types}
	l.top = max(l.top, n+1)
	cs.pos = min(max(cs.pos, l.state.ring.tail), l.state.ring.write)
	l.count(cs, 1)
	if !cs.plain {
		l.answer(int32(fd), AnswerOK) // the one before may not have come to it
	}
	return true
}

// count keeps the numbers of clients.
func (l *Loop) count(cs *clientState, n int32) {
	l.outputs += n
	if !cs.condemned {
		l.readers += n
	}
	if cs.follows {
		l.follows += n
	}
}

// watchClient registers client i.
func (l *Loop) watchClient(i int) int {
	return l.watch(raw.EpollAdd, l.clients[i%MaxClients].fd, clientEvents, tagClient+i)
}

// clientEvents are those of a client that has room.
const clientEvents = raw.EpollIn | raw.EpollRdhup | raw.EpollET

// accept takes connections that wait. If there are many, others have their turn
// in between: the listeners tell again of the rest.
func (l *Loop) accept() {
	for i := range l.backlog {
		for turn := 0; l.backlog[i] && turn < MaxClients; turn++ {
			fd := raw.Call(raw.SysAccept4, uintptr(l.listener[i]), 0, 0, raw.SockCloexec|raw.SockNonblock, 0, 0)
			if fd == raw.EINTR {
				continue
			}
			if fd < 0 {
				l.backlog[i] = false
				break
			}
			l.admit(int32(fd), i == 1)
		}
	}
}

// admit gives a connection a place; a full table loses first a client that gets
// no output, so that idle connections cannot keep others out.
func (l *Loop) admit(fd int32, attach bool) {
	slot := -1
	for i := range l.clients {
		if l.clients[i].kind == clientFree {
			slot = i
			break
		}
		if l.clients[i].kind == clientNew && slot < 0 {
			slot = i
		}
	}
	if slot < 0 {
		l.answer(fd, AnswerError)
		closeFD(fd)
		return
	}
	l.dropClient(slot)
	c := &l.clients[slot%MaxClients]
	*c = client{fd: fd, kind: clientNew}
	l.top = max(l.top, slot+1)
	l.moved = l.now
	if l.watchClient(slot) < 0 {
		l.dropClient(slot)
		return
	}
	if attach {
		l.output(slot, &clientState{types: true, plain: true, follows: l.patience > 0 && l.follows < MaxFollowers}, request{})
	}
}

// serve looks at the events of all clients.
func (l *Loop) serve() {
	if !l.stirred {
		return
	}
	l.stirred = false
	for i := range l.top {
		c := &l.clients[i]
		if c.kind == clientFree || c.events == 0 {
			continue
		}
		events := c.events
		c.events = 0
		c.noMore = c.noMore || events&(raw.EpollRdhup|raw.EpollHup) != 0
		c.hup = c.hup || events&raw.EpollHup != 0
		if events&raw.EpollOut != 0 && c.full {
			c.full = false
			l.watch(raw.EpollMod, c.fd, clientEvents, tagClient+i)
		}
		if events&^raw.EpollOut == 0 {
			continue
		}
		switch {
		case c.kind != clientOutput:
			l.receive(i, c)
		case l.state.clients[i].types:
			c.unread = true // see feed
			if c.hup {
				l.leave(i, c)
			}
		case c.hup:
			l.dropClient(i)
		case events&raw.EpollIn != 0:
			l.ignore(i, c)
		}
	}
}

// leave is called when a client that may type has closed. One that has typed
// nothing that waits goes at once, also if the container takes no input.
func (l *Loop) leave(i int, c *client) {
	cs := &l.state.clients[i]
	l.letGo(cs)
	if l.pending(c.fd) == 0 && (!cs.plain || l.input.on) {
		l.endInput(i, c)
	}
}

// ignore throws away what a client sends that may not.
func (l *Loop) ignore(i int, c *client) {
	for turn := 0; c.kind != clientFree; turn++ {
		if turn == turnMax {
			l.again(c)
			return
		}
		n := raw.Call(raw.SysRecvfrom, uintptr(c.fd), uintptr(unsafe.Pointer(&l.req)), uintptr(len(l.req)), raw.MsgDontwait, 0, 0)
		if n == raw.EAGAIN || n == 0 {
			return
		}
		if n < 0 && n != raw.EINTR && n != raw.ECONNRESET {
			l.dropClient(i)
		}
	}
}

// receive reads requests until there are none or the client is gone.
func (l *Loop) receive(i int, c *client) {
	for turn := 0; c.kind == clientNew || c.kind == clientDrain; turn++ {
		if turn == turnMax {
			l.again(c)
			return
		}
		n, fd := l.recvRights(c.fd)
		switch {
		case n == raw.EINTR:
		case n == raw.EAGAIN:
			return
		case n <= 0:
			if fd >= 0 {
				closeFD(fd)
			}
			l.dropClient(i)
		default:
			r := request{} // one that is too long
			if n <= len(l.req) {
				r = parseRequest(l.req[:n])
			}
			l.request(i, c, r, fd)
		}
	}
}

// turnMax is how many packets of one client are looked at before others have
// their turn.
const turnMax = 32

// again makes the next turn look at a client that has sent more.
func (l *Loop) again(c *client) {
	c.events |= raw.EpollIn
	l.stirred = true
}

// recvRights receives a packet and the descriptor that came with it, or -1.
func (l *Loop) recvRights(socket int32) (n int, fd int32) {
	k := &l.scratch
	k.right = rights{fd: -1}
	k.iov[0] = iovec{uintptr(unsafe.Pointer(&l.req)), uintptr(len(l.req))}
	k.msg = msghdr{
		iov: uintptr(unsafe.Pointer(&k.iov)), iovlen: 1,
		control: uintptr(unsafe.Pointer(&k.right)), controllen: rightsLen, // room for one
	}
	n = raw.Call(raw.SysRecvmsg, uintptr(socket), uintptr(unsafe.Pointer(&k.msg)), raw.MsgDontwait|raw.MsgCmsgCloexec|raw.MsgTrunc, 0, 0, 0)
	if n >= 0 && k.right.len >= rightsLen && k.right.level == raw.SolSocket && k.right.kind == raw.ScmRights {
		return n, k.right.fd
	}
	return n, -1
}

// request does what a client asks for. The descriptor that came with it is ours
// now.
func (l *Loop) request(i int, c *client, r request, fd int32) {
	l.moved = l.now
	ok := c.kind == clientNew && (fd >= 0) == (r.verb == verbConsole || r.verb == verbStdin)
	if ok {
		switch r.verb {
		case verbFollow, verbAttach:
			ok = l.output(i, &clientState{follows: r.verb == verbFollow, types: r.types}, r)
		case verbDrain:
			l.beginDrain(c)
		case verbResize:
			ok = l.resize(r.rows, r.cols)
		case verbReopen:
			ok = l.reopen()
		case verbConsole, verbStdin:
			ok, fd = l.takeInput(fd, r.verb == verbConsole), -1
		default:
			ok = false
		}
	}
	if fd >= 0 {
		closeFD(fd)
	}
	switch {
	case !ok:
		l.answer(c.fd, AnswerError)
		if r.verb != verbResize && r.verb != verbReopen {
			l.dropClient(i)
		}
	case c.kind == clientNew:
		l.answer(c.fd, AnswerOK)
	}
}

// output makes a connection one that gets output. It is false if there are too
// many.
func (l *Loop) output(i int, as *clientState, r request) bool {
	c, cs := &l.clients[i%MaxClients], &l.state.clients[i%MaxClients]
	switch {
	case as.follows && l.follows >= MaxFollowers, !as.follows && l.outputs-l.follows >= MaxAttached,
		l.patience > 0 && l.outputs >= MaxAttached:
		if as.plain {
			l.dropClient(i)
		}
		return false
	}
	l.payAll()
	*cs = *as
	cs.pos, cs.skip = l.state.replay(r.lines, r.bytes)
	cs.used = true
	c.kind, c.unread = clientOutput, cs.types
	l.count(cs, 1)
	l.storeClient(i) // first: who has the answer is not cut off
	if !cs.plain {
		l.answer(c.fd, AnswerOK)
	}
	l.calm.until = 0 // from now on nothing is delayed
	l.lookAgain()
	return true
}

// beginDrain makes a connection wait until everything is stored.
func (l *Loop) beginDrain(c *client) {
	c.kind = clientDrain
	l.startDrain()
}

// startDrain makes everything that is in the FIFOs move.
func (l *Loop) startDrain() {
	if l.drains++; l.drains == 1 {
		l.drainAt = l.now
	}
	l.makeRoom()
	l.input.ready = l.input.on
	l.calm.until = 0
	l.lookAgain()
}

// makeRoom widens the socket buffers of clients that hold the output back: the
// container is gone, so what is left is bounded, and the end must not wait for
// a reader. The kernel keeps what is in a socket, also when this process is
// gone.
func (l *Loop) makeRoom() {
	for i := range l.top {
		c := &l.clients[i]
		if c.kind != clientOutput || !l.state.clients[i].follows {
			continue
		}
		size := &l.scratch.value
		*size = 2*RingSize + 2*bufSize // the ring, what the FIFOs hold, and what packets cost
		r := raw.Call(raw.SysSetsockopt, uintptr(c.fd), raw.SolSocket, raw.SoSndbufforce, uintptr(unsafe.Pointer(size)), 4, 0)
		if r < 0 { // not privileged: as far as net.core.wmem_max lets us
			raw.Call(raw.SysSetsockopt, uintptr(c.fd), raw.SolSocket, raw.SoSndbuf, uintptr(unsafe.Pointer(size)), 4, 0)
		}
		c.full = false
	}
}

// finishDrains answers the clients that wait for empty FIFOs.
func (l *Loop) finishDrains() {
	if l.drains == 0 || !l.drained() {
		return
	}
	l.ended = true
	l.syncFiles()
	l.dropInput()
	if m := &l.monitor; m.draining && !m.drained {
		m.drained = true
		l.drains--
	}
	for i := range l.top {
		c := &l.clients[i]
		switch {
		case c.kind == clientDrain:
			l.answer(c.fd, AnswerOK)
			l.dropClient(i)
		case c.kind == clientOutput && l.state.clients[i].plain && !l.monitor.keeps:
			c.ends = true // conmon ends with its container; ours may be started again
		}
	}
	l.flushAll()
}

// drained reports whether everything is stored, or counted as lost.
func (l *Loop) drained() bool {
	if l.input.ready && l.input.tty || !l.streams[0].empty() || !l.streams[1].empty() {
		return false
	}
	q := &l.state.queue
	if !q.empty() && l.now >= l.drainAt+drainGrace {
		l.state.forgetQueue()
		q.lost = 0 // nobody takes the message
		l.trouble()
	}
	return q.empty()
}

// answer sends a packet of one byte; a client that cannot take it will see the
// connection end.
func (l *Loop) answer(fd int32, kind byte) { l.packet(fd, kind, nil) }

// packet sends one packet.
func (l *Loop) packet(fd int32, kind byte, data []byte) int {
	k := &l.scratch
	k.kind = kind
	k.iov[0] = iovec{uintptr(unsafe.Pointer(&k.kind)), 1}
	k.iov[1] = iovec{uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data))}
	k.msg = msghdr{iov: uintptr(unsafe.Pointer(&k.iov)), iovlen: 2}
	return raw.Call(raw.SysSendmsg, uintptr(fd), uintptr(unsafe.Pointer(&k.msg)), raw.MsgDontwait|raw.MsgNosignal, 0, 0, 0)
}

// dropClient ends the connection of place i. It is shut down as well as closed,
// because the manager may hold a copy of it.
func (l *Loop) dropClient(i int) {
	c, cs := &l.clients[i%MaxClients], &l.state.clients[i%MaxClients]
	switch c.kind {
	case clientFree:
		return
	case clientDrain:
		l.drains--
	case clientOutput:
		l.count(cs, -1)
		l.forgetClient(i)
		l.letGo(cs)
		l.releaseInput(i)
	}
	// The manager's copy would keep it in the epoll instances, with the tag of
	// whoever gets this place.
	l.watch(raw.EpollDel, c.fd, 0, 0)
	raw.Call(raw.SysShutdown, uintptr(c.fd), raw.ShutRdwr, 0, 0, 0, 0)
	closeFD(c.fd)
	*c, *cs = client{}, clientState{}
	for l.top > 0 && l.clients[l.top-1].kind == clientFree {
		l.top--
	}
	l.moved = l.now
}
