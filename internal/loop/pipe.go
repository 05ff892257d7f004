package loop

import "github.com/unitmon/unitmon/internal/sys/raw"

// usualPipe is what a FIFO holds by default, in bytes, pipe(7).
const usualPipe = 64 << 10

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
