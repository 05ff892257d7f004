package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/logfile"
	"github.com/unitmon/unitmon/internal/sys/raw"
)

// Formats of log files.
const (
	K8sFile  = iota // the CRI's, as Kubernetes and conmon write it
	JSONFile        // Docker's
)

const (
	// outSize is room for what one write takes: any record fits.
	outSize = 6*MaxLine + 1024
	// pathMax is PATH_MAX, limits.h(0p); suffixes of rotated files included.
	pathMax = 4096

	fileRetryMin = 100 * ms
	fileRetryMax = 1000 * ms
)

// file is a log file, as far as it does not outlive the process.
type file struct {
	fd      int32
	kind    uint8
	on      bool
	full    bool // it takes nothing: wait until retryAt
	noSync  bool
	dirty   bool  // something was written since the last fsync(2)
	turnAt  int64 // when a rotation that failed is tried again
	err     int32 // why it takes nothing, a negative error number
	backoff int64
	retryAt int64
	size    int64
	cut     int   // how much is written of a portion that could not be taken back
	max     int64 // bytes, 0: no limit
	limit   int64 // bytes that are ever written, what was there included; 0: no limit
	count   int32 // files at most, this one included
	pathLen int32
	path    [pathMax]byte
}

// fileState is what is on its way into a file. It is set before a batch of
// records is written and taken back when the batch counts as stored, so that a
// process which finds it set knows from the file's size how much of the batch is
// there. The same bytes at the same time give the same records.
type fileState struct {
	busy      bool
	midLine   bool // the last record was a part of a line
	stream    uint8
	from      uint64 // the stream's offset before
	used      uint32 // bytes of the stream
	offset    int64  // the file's size before
	sec, nsec int64
	total     int64 // bytes written, with what was there at first
}

// SetFile makes the loop write log file f (0 or 1) at path, which is absolute.
// With maxBytes above 0 it is rotated when a record would not fit; count is how
// many files there are at most, the live one included. noSync leaves out the
// fsync(2) at the end. It reports whether the path fits.
func (l *Loop) SetFile(f, kind int, path []byte, maxBytes int64, count int, noSync bool) bool {
	x := &l.files[f%MaxFiles]
	if len(path) == 0 || len(path) > pathMax-16 {
		return false
	}
	x.on, x.fd, x.kind, x.noSync = true, -1, uint8(kind), noSync
	x.max, x.count = maxBytes, int32(max(count, 1))
	x.pathLen = int32(copy(x.path[:], path))
	return true
}

// SetFileLimit sets how many bytes log file f ever gets, with what is there
// already: what comes when that is reached is left out, after a whole record.
func (l *Loop) SetFileLimit(f int, n int64) { l.files[f%MaxFiles].limit = max(n, 0) }

// logFile writes every finished line of stream i that file f does not have yet.
// It reports whether there is none left.
func (l *Loop) logFile(f, i int, s *stream) bool {
	x, st := &l.files[f%MaxFiles], &l.state.streams[i&1]
	if !x.on {
		return true
	}
	for {
		rest := l.unseen(i, st.files[f%MaxFiles])
		if x.limit > 0 && l.state.files[f%MaxFiles].total >= x.limit {
			st.files[f%MaxFiles] += uint64(len(rest)) // it is to have no more
			return true
		}
		if x.full {
			l.loseLines(f, i, s, rest)
			return len(l.unseen(i, st.files[f%MaxFiles])) == 0
		}
		b := l.format(f, i, rest, s.force || l.atEnd(s), l.stamp(s.sec, s.nsec))
		switch {
		case b.out > 0:
			l.write(f, i, s, &b)
		case b.rotate:
			l.rotate(f)
		default:
			return true
		}
	}
}

// portion is what of a stream goes into a file at once.
type portion struct {
	out     int  // bytes in l.out
	used    int  // bytes of the stream
	midLine bool // it ends in the middle of a line
	rotate  bool // the file must be rotated before the next record
}

// format fills l.out with records of b, as many as fit into it and into the
// file.
func (l *Loop) format(f, i int, b []byte, force bool, stamp *logfile.Stamp) portion {
	x := &l.files[f%MaxFiles]
	p := portion{midLine: l.state.files[f%MaxFiles].midLine}
	limit := x.max > 0 && l.now >= x.turnAt
	total := l.state.files[f%MaxFiles].total
	for {
		if x.limit > 0 && total+int64(p.out) >= x.limit {
			return p
		}
		l.formatLines(x, i, b, limit, stamp, &p)
		r := nextRecord(b[p.used:], force)
		if r.used == 0 {
			return p
		}
		n := x.record(l.out[p.out:], stamp, i, b[p.used:][:r.text], r.partial)
		if n == 0 {
			return p
		}
		// A line's pieces stay in one file, unless they alone are too much.
		size := x.size + int64(p.out)
		if limit && size > 0 && size+int64(n) > x.max && (!p.midLine || size > 2*x.max) {
			p.rotate = true
			return p
		}
		p.out += n
		p.used += r.used
		p.midLine = r.partial
	}
}

// formatLines adds the records of ordinary lines to a portion, where no record
// needs more thought than whether there is room for it.
func (l *Loop) formatLines(x *file, i int, b []byte, limit bool, stamp *logfile.Stamp, p *portion) {
	if x.kind != K8sFile || x.limit > 0 {
		return
	}
	end := int64(outSize)
	if limit {
		end = min(end, x.max-x.size)
	}
	if int64(p.out) >= end {
		return
	}
	n, used := logfile.K8sLines(l.out[p.out:end], stamp, i, b[p.used:], MaxLine)
	if used > 0 {
		p.out, p.used, p.midLine = p.out+n, p.used+used, false
	}
}

// record writes one record; 0 if it does not fit.
func (x *file) record(dst []byte, stamp *logfile.Stamp, i int, text []byte, partial bool) int {
	if x.kind == JSONFile {
		return logfile.JSON(dst, stamp, i&1, text, partial)
	}
	return logfile.K8s(dst, stamp, i&1, text, partial)
}

// write appends a portion to file f.
func (l *Loop) write(f, i int, s *stream, p *portion) {
	x, st := &l.files[f%MaxFiles], &l.state.files[f%MaxFiles]
	st.stream, st.used = uint8(i&1), uint32(p.used)
	st.from = l.state.streams[i&1].files[f%MaxFiles]
	st.offset, st.sec, st.nsec = x.size, s.sec, s.nsec
	st.busy = true
	l.finish(f, p, 0)
}

// finish writes what a file does not have of a portion, all but its first done
// bytes. Where only a part fits, as on a full disk, its whole records are kept.
func (l *Loop) finish(f int, p *portion, done int) {
	x, st := &l.files[f%MaxFiles], &l.state.files[f%MaxFiles]
	done, r := l.writeOut(x, done, p.out)
	if r < 0 {
		i := int(st.stream & 1)
		part := l.whole(l.unseen(i, st.from), done)
		if !l.takeBack(x, done-part.out) {
			x.cut = done // the rest of it follows, when there is room
			l.failFile(x, r)
			return
		}
		if part.out == 0 {
			st.busy = false
			l.failFile(x, r)
			return
		}
		p = &part
	}
	l.wrote(f, p)
}

// whole is what of the first n bytes of l.out are whole records, which are of b.
// In either format a record has one newline, at its end.
func (l *Loop) whole(b []byte, n int) portion {
	var p portion
	for {
		end := indexNewline(l.out[p.out:n]) + 1
		r := nextRecord(b[p.used:], true)
		if end == 0 || r.used == 0 {
			return p
		}
		p.out, p.used, p.midLine = p.out+end, p.used+r.used, r.partial
	}
}

// wrote counts a portion as stored.
func (l *Loop) wrote(f int, p *portion) {
	x, st := &l.files[f%MaxFiles], &l.state.files[f%MaxFiles]
	// The offset first: where it is not the one before, the portion is stored.
	l.state.streams[st.stream&1].files[f%MaxFiles] = st.from + uint64(p.used)
	st.midLine = p.midLine
	st.busy = false
	x.size = st.offset + int64(p.out)
	st.total += int64(p.out)
	x.dirty = true
	x.backoff, x.err = 0, 0
	l.moved = l.now
}

// writeOut writes l.out[from:to]. It returns how far it came, and 0 or the
// negative error number.
func (l *Loop) writeOut(x *file, from, to int) (done, err int) {
	for from < to {
		r := raw.Call(raw.SysWrite, uintptr(x.fd), uintptr(unsafe.Pointer(&l.out[from])), uintptr(to-from), 0, 0, 0)
		switch {
		case r > 0:
			from += r
		case r == 0:
			return from, raw.EIO
		case r != raw.EINTR:
			return from, r
		}
	}
	return from, 0
}

// takeBack removes the last n bytes of a file, which are of a portion that did
// not fit as a whole. It is false for a file that stays as it is: a FIFO, or one
// that may only be appended to, chattr(1).
func (l *Loop) takeBack(x *file, n int) bool {
	x.size = l.sizeOf(int(x.fd))
	size := x.size - int64(n)
	if n > 0 && (size < 0 || raw.Call(raw.SysFtruncate, uintptr(x.fd), uintptr(size), 0, 0, 0, 0) < 0) {
		return false
	}
	x.size = size
	return true
}

// resume brings to its end a portion that an earlier process was killed in, or
// that could not be taken back. Its bytes are still in the FIFO, for they are
// consumed only when it is stored.
func (l *Loop) resume(f int) {
	x, st := &l.files[f%MaxFiles], &l.state.files[f%MaxFiles]
	cut := x.cut
	x.cut = 0
	if !st.busy {
		return
	}
	i := int(st.stream & 1)
	s := &l.streams[i]
	if l.state.streams[i].files[f%MaxFiles] != st.from {
		l.settle(x, st)
		return
	}
	l.peek(i, s)
	rest := l.unseen(i, st.from)
	if int(st.used) > len(rest) {
		st.busy = false // the FIFO was read by somebody else
		return
	}
	size := x.size
	x.max, x.size = -x.max, 0 // as it was: no rotation in between
	p := l.format(f, i, rest[:st.used], true, l.stamp(st.sec, st.nsec))
	x.max, x.size = -x.max, size
	done := size - st.offset
	if cut > 0 {
		done = int64(cut)
	}
	if done < 0 || done > int64(p.out) {
		st.offset, done = size, 0 // another file than then
	}
	l.finish(f, &p, int(done))
}

// settle ends the note of a portion that needs no more: it was stored, or, with
// nothing used, it was lost, and what is there of it goes.
func (l *Loop) settle(x *file, st *fileState) {
	st.busy = false
	if n := x.size - st.offset; st.used == 0 && n > 0 && n <= outSize {
		l.takeBack(x, int(n))
	}
}

// failFile notes that a file takes nothing, and when to try again.
func (l *Loop) failFile(x *file, err int) {
	x.full, x.err = true, int32(err)
	x.backoff = min(max(2*x.backoff, fileRetryMin), fileRetryMax)
	x.retryAt = l.now + x.backoff
	l.trouble()
}

// retryFile makes the loop try file f again.
func (l *Loop) retryFile(f int) {
	x := &l.files[f%MaxFiles]
	x.full, x.retryAt = false, 0
	if x.fd < 0 {
		l.openFile(f)
	} else {
		l.resume(f)
	}
	if !x.full {
		l.wakeStreams()
	}
}

// loseLines is what happens to lines that file f cannot take while others wait
// behind them: they are counted and left out, if that is the policy.
func (l *Loop) loseLines(f, i int, s *stream, rest []byte) {
	if !l.drop && !l.dropFiles || s.held < min(s.view, usualPipe)/2 && l.drains == 0 {
		return
	}
	st := &l.state.streams[i&1]
	before := st.files[f%MaxFiles]
	for len(rest) > 0 {
		r := nextRecord(rest, s.force || l.atEnd(s))
		if r.used == 0 {
			break
		}
		if !r.partial {
			l.state.stats.LostFiles[f%MaxFiles]++
		}
		st.files[f%MaxFiles] += uint64(r.used)
		rest = rest[r.used:]
	}
	fs := &l.state.files[f%MaxFiles]
	fs.midLine = false
	if fs.busy && int(fs.stream) == i&1 && st.files[f%MaxFiles] != before {
		fs.used = 0 // what there is a piece of is lost as well
	}
	l.trouble()
}

// syncFiles writes through what the files hold, fsync(2).
func (l *Loop) syncFiles() {
	for f := range l.files {
		x := &l.files[f]
		if x.on && x.fd >= 0 && x.dirty && !x.noSync {
			raw.Wait(raw.SysFsync, uintptr(x.fd), 0, 0, 0, 0, 0)
			x.dirty = false
		}
	}
}
