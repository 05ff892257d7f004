package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// A terminal's output is moved into the FIFO of stdout, by splice(2), so that
// it is not in this process for an instant; from there on it is a stream like
// any other.

// pumpConsole moves what the terminal has. After the last close of the other
// side the master gives what is left, and then EIO.
func (l *Loop) pumpConsole() {
	in := &l.input
	if !in.on || !in.tty || !in.ready {
		return
	}
	s := &l.streams[0]
	for {
		r := raw.Call(raw.SysSplice, uintptr(in.fd), 0, uintptr(s.fd), 0, bufSize, raw.SpliceNonblock)
		switch {
		case r > 0:
			s.ready, s.fresh = true, true
			l.moved = l.now
			if r < 2048 && l.drains == 0 {
				in.ready = false // that was all: for more there is an event
				return
			}
		case r == raw.EINTR:
		case r == raw.EAGAIN && l.pending(in.fd) > 0:
			// The FIFO is full, perhaps of short pieces: what is in it must
			// not wait for a newline.
			s.ready, s.expire = true, true
			return
		default:
			in.ready = false // EAGAIN: nothing is there; EIO: nobody writes
			return
		}
	}
}

// resize sets the terminal's size.
func (l *Loop) resize(rows, cols int) bool {
	if !l.input.on || !l.input.tty {
		return false
	}
	w := &l.scratch.size
	*w = winsize{rows: uint16(rows), cols: uint16(cols)}
	return raw.Call(raw.SysIoctl, uintptr(l.input.fd), raw.Tiocswinsz, uintptr(unsafe.Pointer(w)), 0, 0, 0) == 0
}
