// Package setup gives a loop what every process of ours that runs one needs:
// memory, pipes, the journal's sockets. It is ordinary Go, before the loop runs.
package setup

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// sendBuffer is the send buffer of the journal socket: room for journald's
// whole queue of short lines.
const sendBuffer = 8 << 20

// notifyMax is how long one message to the manager may block.
const notifyMax = 200 * time.Millisecond

// TerminalPipe is the size of the pipe that a terminal's output goes through:
// what it gives comes in pieces, each of which takes as much as a page. A smaller
// one only means that unfinished lines wait less.
const TerminalPipe = 1 << 20

// New makes a loop's memory.
func New() (*loop.Loop, error) {
	mem, err := sys.Memory(loop.Size)
	if err != nil {
		return nil, err
	}
	return (*loop.Loop)(unsafe.Pointer(unsafe.SliceData(mem))), nil
}

// state makes of StateSize bytes from mmap(2) the loop's state.
func state(mem []byte) *loop.State {
	return (*loop.State)(unsafe.Pointer(unsafe.SliceData(mem)))
}

// Stream gives the loop stream i: the reading end fd of a pipe or FIFO, and the
// pipe stash, which outlives the process if something is to. fields are the
// constant ones of its journal entries.
func Stream(l *loop.Loop, i, fd, stash int, fields []byte) error {
	if !l.SetStream(i, fd, stash, fields) {
		return fmt.Errorf("the container's journal fields and labels take more than %d bytes", loop.MaxFields)
	}
	return nil
}

// Null gives the loop /dev/null.
func Null(l *loop.Loop) error {
	null, err := sys.DevNull()
	if err == nil {
		l.SetNull(null)
	}
	return err
}

// journalSockets gives the loop the socket that entries go by, and one that only
// tells whether journald has room.
func journalSockets(l *loop.Loop, send int) error {
	probe, err := sys.DatagramFD(0)
	if err != nil {
		return err
	}
	if !l.SetJournal(send, probe, []byte(journal.DefaultSocket)) {
		return fmt.Errorf("journal socket %s: the path is too long", journal.DefaultSocket)
	}
	return nil
}

// Zone tells the loop the local time's offset now and after its next change.
func Zone(l *loop.Loop, now time.Time) {
	_, offset := now.Zone()
	_, end := now.ZoneBounds()
	if end.IsZero() {
		l.SetZone(offset, 0, 0)
		return
	}
	_, next := end.Zone()
	l.SetZone(offset, end.Unix(), next)
}

// Init makes the loop ready to run.
func Init(l *loop.Loop) error {
	outer, err := sys.Epoll()
	if err != nil {
		return err
	}
	inner, err := sys.Epoll()
	if err != nil {
		return err
	}
	if r := l.Init(outer, inner); r < 0 {
		return fmt.Errorf("loop: epoll_ctl: %w", sys.Errno(-r))
	}
	return nil
}
