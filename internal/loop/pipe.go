package loop

import "github.com/unitmon/unitmon/internal/sys/raw"

// usualPipe is what a FIFO holds by default, in bytes, pipe(7).
const usualPipe = 64 << 10

// A writer that fills its FIFO as fast as the loop empties it gets a larger one,
// so that each turn moves more, and the two wake each other less often. It is
// made smaller again when the loop rests. Where a sink takes nothing a larger one
// would only hold more back from it.
const (
	widePipe = bufSize
	wideRuns = 8 // looks in a row that find it full and empty it
)

// capacity is how many bytes a pipe holds if all its pages are full.
func (l *Loop) capacity(fd int32) int32 {
	return int32(max(0, raw.Call(raw.SysFcntl, uintptr(fd), raw.FGetpipeSz, 0, 0, 0, 0)))
}

// setCapacity is F_SETPIPE_SZ, fcntl(2). It reports whether the pipe has the
// size now: an unprivileged user may have large ones up to a limit only, and
// one that holds more does not shrink.
func (l *Loop) setCapacity(fd, size int32) bool {
	return raw.Call(raw.SysFcntl, uintptr(fd), raw.FSetpipeSz, uintptr(size), 0, 0, 0) >= 0
}

// fit makes the stash as large as the FIFO, if it may, so that a look shows as
// much as there can be.
func (l *Loop) fit(s *stream) {
	n := l.capacity(s.fd)
	if l.capacity(s.stash) < n {
		l.setCapacity(s.stash, n)
	}
	s.view = min(n, l.capacity(s.stash), bufSize)
}

// widen makes a FIFO larger if it is time, when n of the bytes that were seen have
// left it.
func (l *Loop) widen(s *stream, n int32) {
	if s.held < s.view-s.view/8 || n < s.view/2 { // for what writers and lines leave over
		s.runs = 0
		return
	}
	s.runs = min(s.runs+1, wideRuns+1)
	if s.runs != wideRuns || s.view >= widePipe {
		return
	}
	usual := l.capacity(s.fd)
	switch {
	case usual >= widePipe: // somebody else was faster
	case !l.setCapacity(s.stash, widePipe): // first: what is seen must fit into it
	case l.setCapacity(s.fd, widePipe):
		s.usual = usual
	default:
		l.setCapacity(s.stash, usual)
	}
	l.fit(s)
}

// narrow takes back widen. A FIFO that is not empty may stay as it is.
func (l *Loop) narrow(s *stream) {
	s.runs = 0
	if s.usual > 0 && l.setCapacity(s.fd, s.usual) {
		l.setCapacity(s.stash, s.usual)
		s.usual = 0
		l.fit(s)
	}
}
