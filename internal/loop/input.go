package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// The container's input: what clients type goes to the write end of a pipe, or
// to the terminal's master, packet by packet. A packet stays in its client's
// socket until it is written as a whole: so a container that does not read
// makes the client wait, and a packet outlives this process.

// Names in the file descriptor store.
const (
	ConsoleName = "console"
	StdinName   = "stdin"
)

// inputTurn is how many bytes are written before others have their turn.
const inputTurn = 256 << 10

// input is where what is typed goes.
type input struct {
	fd       int32
	tty      bool
	on       bool  // there is one
	full     bool  // it takes nothing for now
	ready    bool  // the terminal may have output
	more     bool  // clients have more than one turn's work
	closed   bool  // it was closed by a client's end of input
	expects  bool  // the container has one, though it may not be here yet
	keep     bool  // no client's end of input closes it
	terminal bool  // the container has a terminal, though it may not be here yet
	at       int32 // the place of the client whose packet is in buf, or -1
	n        int32 // the packet's length
	next     int32 // whose turn it is
	buf      [InputMax + 1]byte
}

// inputState is how much of a client's packet is written.
type inputState struct {
	slot int32 // of the client + 1, 0: none
	done int32
}

// SetInput says that the container has an input, which may come later, and
// whether it stays open when a client's input ends.
func (l *Loop) SetInput(leaveOpen bool) {
	l.input.expects, l.input.keep = true, leaveOpen
}

// SetTerminal says that the container has a terminal, which may come later.
func (l *Loop) SetTerminal() { l.input.terminal = true }

// SetInputFD takes up the input that an earlier process left in the file
// descriptor store: the write end of a pipe, or a terminal's master. It is
// non-blocking.
func (l *Loop) SetInputFD(fd int, tty bool) {
	in := &l.input
	in.fd, in.tty, in.on, in.ready = int32(fd), tty, true, true
}

// takeInput makes fd the container's input, in the place of an earlier one.
func (l *Loop) takeInput(fd int32, tty bool) bool {
	l.dropInput()
	if !l.nonblock(fd) || !l.storeInput(fd, tty) {
		closeFD(fd)
		return false
	}
	in := &l.input
	l.state.inputTaken = true
	in.fd, in.tty, in.on = fd, tty, true
	in.full, in.closed, in.ready, in.expects = false, false, true, true
	l.ended = false
	l.wakeInput()
	return l.watchInput() >= 0
}

// watchInput registers the input.
func (l *Loop) watchInput() int {
	in := &l.input
	if !in.on {
		return 0
	}
	return l.watch(raw.EpollAdd, in.fd, in.events(), tagInput)
}

// events are what the loop wants to know of the input.
func (in *input) events() uint32 {
	events := uint32(raw.EpollET)
	if in.tty {
		events |= raw.EpollIn
	}
	if in.full {
		events |= raw.EpollOut
	}
	return events
}

// setFull notes whether the input takes more.
func (l *Loop) setFull(full bool) {
	in := &l.input
	if in.full != full && in.on {
		in.full = full
		l.watch(raw.EpollMod, in.fd, in.events(), tagInput)
	}
}

// wakeInput makes the loop look at what all clients have typed.
func (l *Loop) wakeInput() {
	for i := range l.top {
		l.clients[i].unread = l.clients[i].unread || l.state.clients[i].used && l.state.clients[i].types
	}
}

// dropInput gives up the input: the container is gone.
func (l *Loop) dropInput() {
	in := &l.input
	l.state.inputTaken = false
	if in.on {
		closeFD(in.fd)
		l.unstore(ConsoleName)
		l.unstore(StdinName)
	}
	in.on, in.ready, in.full, in.more = false, false, false, false
	l.finishPacket()
}

// feed writes what clients have typed, as far as the container takes it.
func (l *Loop) feed() {
	in := &l.input
	in.more = false
	if l.outputs == 0 || in.full {
		return
	}
	if in.expects && !in.on && !in.closed && !l.ended {
		return // the container is about to get it
	}
	for left := inputTurn; left > 0; {
		if in.at < 0 && !l.nextPacket() {
			return
		}
		n := l.writeInput()
		if n < 0 {
			return
		}
		left -= n + 64
	}
	in.more = true
}

// nextPacket reads the next packet of the next client that has one, without
// taking it out of the socket.
func (l *Loop) nextPacket() bool {
	in := &l.input
	if slot := l.state.input.slot; slot > 0 { // of an earlier process
		in.next = (slot - 1) % MaxClients
	}
	for range l.top {
		i := int(in.next) % MaxClients
		if i >= l.top {
			i = 0
		}
		if c := &l.clients[i]; c.kind == clientOutput && c.unread && l.peekPacket(i, c) {
			return true
		}
		in.next = int32((i + 1) % MaxClients)
		if l.state.input.slot > 0 {
			l.state.input = inputState{} // its client is gone
		}
	}
	return false
}

// peekPacket reads client i's next packet. It is false if there is none.
func (l *Loop) peekPacket(i int, c *client) bool {
	in := &l.input
	for range turnMax {
		n := raw.Call(raw.SysRecvfrom, uintptr(c.fd), uintptr(unsafe.Pointer(&in.buf)), uintptr(len(in.buf)),
			raw.MsgDontwait|raw.MsgPeek|raw.MsgTrunc, 0, 0)
		switch {
		case n == raw.EINTR, n == raw.ECONNRESET: // what was sent before comes next
			continue
		case n > InputMax:
			l.dropClient(i)
			return false
		case n > 0:
			l.rested = false
			in.at, in.n = int32(i), int32(n)
			if l.state.input.slot != int32(i+1) || l.state.input.done > int32(n) {
				l.state.input = inputState{slot: int32(i + 1)}
			}
			return true
		case n == 0 && !c.noMore && !l.saidAll(c):
			l.takePacket(c.fd) // an empty packet
		case n == 0:
			c.unread = false
			l.endInput(i, c)
			return false
		default:
			c.unread = false
			return false
		}
	}
	l.again(c) // nothing but empty packets: others have their turn
	return false
}

// saidAll asks whether the other side sends no more: what recv(2) returns does
// not tell that from an empty packet, and the event may not have come yet.
func (l *Loop) saidAll(c *client) bool {
	events := l.poll(c.fd, raw.EpollRdhup)
	c.noMore = events&(raw.EpollRdhup|raw.EpollHup) != 0
	c.hup = c.hup || events&raw.EpollHup != 0
	return c.noMore
}

// takePacket takes a packet out of a socket.
func (l *Loop) takePacket(fd int32) {
	for {
		r := raw.Call(raw.SysRecvfrom, uintptr(fd), uintptr(unsafe.Pointer(&l.req)), 1, raw.MsgDontwait, 0, 0)
		if r != raw.EINTR && r != raw.ECONNRESET { // that took nothing: the other side has closed meanwhile
			return
		}
	}
}

// writeInput writes the packet at hand, and returns how many bytes of it were
// taken, or a negative number if the container takes no more for now.
func (l *Loop) writeInput() int {
	in, st := &l.input, &l.state.input
	if !in.on || in.closed {
		n := int(in.n)
		l.packetDone() // nobody reads it
		return n
	}
	left := in.n - st.done
	if left <= 0 {
		l.packetDone()
		return 0
	}
	r := raw.Call(raw.SysWrite, uintptr(in.fd), uintptr(unsafe.Pointer(&in.buf[st.done])), uintptr(left), 0, 0, 0)
	switch {
	case r == raw.EINTR:
		return 0
	case r == raw.EAGAIN || r == 0:
		l.setFull(true)
		return -1
	case r < 0:
		in.closed = true // EPIPE, EIO: the container reads no more
		return 0
	}
	l.moved = l.now
	if st.done += int32(r); st.done >= in.n {
		l.packetDone()
	}
	return r
}

// packetDone takes a packet that is written out of its client's socket. The
// note of it goes first: a process that is killed in between writes the packet
// again rather than leave out another's beginning.
func (l *Loop) packetDone() {
	c := &l.clients[l.input.at%MaxClients]
	l.input.next = (l.input.at + 1) % MaxClients
	l.finishPacket()
	l.takePacket(c.fd)
}

// finishPacket forgets the packet at hand.
func (l *Loop) finishPacket() {
	l.state.input = inputState{}
	l.input.at = -1
}

// releaseInput is called for a client that goes.
func (l *Loop) releaseInput(i int) {
	if l.input.at == int32(i) || l.state.input.slot == int32(i+1) {
		l.finishPacket()
	}
}

// endInput is the end of client i's input. In conmon's protocol a client that
// has closed its connection counts like one that has only shut down its side.
func (l *Loop) endInput(i int, c *client) {
	in, cs := &l.input, &l.state.clients[i]
	if !in.closed && (cs.plain || !c.hup) {
		l.closeInput()
	}
	if c.hup {
		l.dropClient(i)
	}
}

// closeInput closes the container's stdin, unless that stays open.
func (l *Loop) closeInput() {
	in := &l.input
	if in.keep || !in.on || in.tty {
		return
	}
	in.closed = true
	l.unstore(StdinName)
	closeFD(in.fd)
	in.on = false
}
