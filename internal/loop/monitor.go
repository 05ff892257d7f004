package loop

import (
	"github.com/unitmon/unitmon/internal/sys/raw"
)

// A monitor, package internal/engine, works with this loop between two calls of
// Run: it has events of its own, knows when the container is gone, and writes
// the exit file before clients see the end.

// MessageMax is how many bytes of what a runtime prints are kept for its error.
const MessageMax = 8191

// monitor is what a monitor has told the loop.
type monitor struct {
	events   int32 // readable when Run is to return Called, 0: none
	called   bool
	changed  bool // there is news for people, and no manager to tell it
	held     bool // the streams are left alone until they are half full
	draining bool // Drain was called
	drained  bool // and everything is stored
	keeps    bool // the monitor lets clients go
	message  message
}

// message is the beginning of stderr.
type message struct {
	on  bool
	n   int32
	buf [MessageMax]byte
}

// SetEvents names a descriptor, an epoll instance perhaps, that makes Run return
// Called whenever it is readable.
func (l *Loop) SetEvents(fd int) { l.monitor.events = int32(fd) }

// SetKeep makes clients stay connected when the container has ended, until
// Release.
func (l *Loop) SetKeep() { l.monitor.keeps = true }

// SetMessage makes the loop keep the first MessageMax bytes of stderr.
func (l *Loop) SetMessage() { l.monitor.message.on = true }

// Hold leaves the streams alone, as long as what is in each of them is less than
// half of what its pipe holds: nobody is to wait who writes more. A runtime writes
// there what is its error if it fails, and belongs to the output if not.
func (l *Loop) Hold(hold bool) {
	l.monitor.held = hold
	l.lookAgain()
}

// holds reports whether a stream is left alone. A pipe of short pieces may be
// full with half of its size in bytes.
func (l *Loop) holds(s *stream) bool {
	m := &l.monitor
	if m.held && l.pending(s.fd) >= uint64(l.capacity(s.fd)/2) {
		m.held = false
		l.lookAgain()
	}
	return m.held
}

// Message is the beginning of stderr, with what is still in the pipe. The memory
// is the loop's own.
func (l *Loop) Message() []byte {
	m := &l.monitor.message
	if s := &l.streams[1]; s.fd >= 0 && m.on && m.n < MessageMax {
		l.peek(1, s)
		s.ready = true
	}
	return m.buf[:m.n]
}

// keepMessage takes from the view of stderr what belongs to the message.
func (l *Loop) keepMessage(i int) {
	m := &l.monitor.message
	if i != 1 || !m.on || m.n >= MessageMax {
		return
	}
	if head := l.state.streams[1].head; head <= uint64(m.n) {
		m.n += int32(copy(m.buf[m.n:], l.unseen(1, uint64(m.n))))
	}
}

// Drain makes Run return Drained as soon as everything is stored that the
// container, which is gone, has written.
func (l *Loop) Drain() {
	m := &l.monitor
	m.held = false
	if m.draining {
		return
	}
	m.draining = true
	l.now = l.clock()
	l.startDrain()
	l.stirred = true // Run is to look before it waits
}

// Undrained is how many bytes are still in the pipes, for a monitor that waits
// no longer.
func (l *Loop) Undrained() uint64 {
	n := uint64(0)
	for i := range l.streams {
		if fd := l.streams[i].fd; fd >= 0 {
			n += l.pending(fd)
		}
	}
	return n
}

// Release lets every client go as soon as it has all output, and makes Run
// return Stopped then, or after a few seconds.
func (l *Loop) Release() {
	l.ended, l.stopping, l.stirred = true, true, true
	for i := range l.top {
		if c := &l.clients[i]; c.kind == clientOutput {
			c.ends = true
		}
	}
}

// HangUp ends every connection, whatever it has not read, when the loop is not
// run any more.
func (l *Loop) HangUp() {
	for i := range l.clients {
		l.dropClient(i)
	}
}

// Resize sets the terminal's size, and reports whether there is one.
func (l *Loop) Resize(rows, cols int) bool { return l.resize(rows, cols) }

// Reopen opens the log files anew, or rotates those with a limit, if rotate is
// set. Whoever watches a file's name sees it created or written to.
func (l *Loop) Reopen(rotate bool) bool {
	l.now = l.clock()
	for f := range l.files {
		if x := &l.files[f]; rotate && x.on && x.max > 0 && x.fd >= 0 && !l.state.files[f].busy {
			l.rotate(f)
		}
	}
	ok := l.reopen()
	for f := range l.files {
		if x := &l.files[f]; x.on && x.fd >= 0 {
			// To the size that it has: that is a write, inotify(7).
			raw.Call(raw.SysFtruncate, uintptr(x.fd), uintptr(l.sizeOf(int(x.fd))), 0, 0, 0, 0)
		}
	}
	return ok
}

// Input makes fd, which is the loop's from now on, the container's input: the
// write end of a pipe, or a terminal's master.
func (l *Loop) Input(fd int, tty bool) bool { return l.takeInput(int32(fd), tty) }

// Mute sets the identifier of the loop's own journal entries, and a priority for
// all of them: readers of a container's log know two only.
func (l *Loop) Mute(identifier []byte, priority int) {
	l.status.identifier.reset()
	l.status.identifier.addBytes(identifier)
	l.status.priority = int8(priority)
}

// watchEvents registers the monitor's own events.
func (l *Loop) watchEvents() int {
	if l.monitor.events <= 0 {
		return 0
	}
	return l.watch(raw.EpollAdd, l.monitor.events, raw.EpollIn, tagEvents)
}

// Say writes a line of the monitor's own to the journal.
func (l *Loop) Say(text []byte) bool { return l.report(6, text) }
