package read

import (
	"bytes"
	"errors"
	"io"
)

// MaxRecord is the largest record in bytes that is read as one: what the relay
// writes for its longest text (48 KiB, all of it escaped) and more. A longer
// line is given in pieces.
const MaxRecord = 512 << 10

// lines reads the lines of one file after the other.
type lines struct {
	buf        []byte // grows to MaxRecord
	start, end int    // what is in buf and was not given
	off        int64  // where in the file buf[end] is
	eof        bool   // nothing was there when last read
}

// reset begins anew at an offset.
func (l *lines) reset(off int64) { l.start, l.end, l.off, l.eof = 0, 0, off, false }

// next returns the next line without its newline, or a piece of MaxRecord bytes
// of a longer one, with whole false; it is valid until the next call. io.EOF
// means that no line is there yet; what there is of one waits in rest.
func (l *lines) next(f io.ReaderAt) (line []byte, whole bool, err error) {
	searched := 0
	for {
		if i := bytes.IndexByte(l.buf[l.start+searched:l.end], '\n'); i >= 0 {
			line = l.buf[l.start:][:searched+i]
			l.start += searched + i + 1
			return line, true, nil
		}
		searched = l.end - l.start
		if searched >= MaxRecord {
			line, l.start = l.buf[l.start:l.end], l.end
			return line, false, nil
		}
		if err := l.fill(f); err != nil {
			return nil, false, err
		}
	}
}

// given is where in the file the next line begins.
func (l *lines) given() int64 { return l.off - int64(l.end-l.start) }

// rest is what there is of a line that has not ended.
func (l *lines) rest() []byte { return l.buf[l.start:l.end] }

// fill reads more behind what is in the buffer.
func (l *lines) fill(f io.ReaderAt) error {
	copy(l.buf, l.buf[l.start:l.end])
	l.end -= l.start
	l.start = 0
	if l.end == len(l.buf) {
		grown := make([]byte, min(max(64<<10, 2*len(l.buf)), MaxRecord))
		copy(grown, l.buf)
		l.buf = grown
	}
	n, err := f.ReadAt(l.buf[l.end:], l.off)
	l.end += n
	l.off += int64(n)
	if n > 0 {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.EOF
	}
	return err
}

// backward reads the lines of a file from its end.
type backward struct {
	f   io.ReaderAt
	buf []byte // the file from off on
	off int64
	err error // why reading ended, but for the file's beginning
}

const backwardBlock = 64 << 10

// newBackward begins at the end of the last whole line before size.
func newBackward(f io.ReaderAt, size int64) *backward {
	b := &backward{f: f, off: size}
	for b.more() {
		if i := bytes.LastIndexByte(b.buf, '\n'); i >= 0 {
			b.buf = b.buf[:i+1]
			return b
		}
		b.buf = b.buf[:0]
	}
	return b
}

// end is where the last line begins that was given, or, before that, where the
// file's last whole line ends.
func (b *backward) end() int64 { return b.off + int64(len(b.buf)) }

// prev returns the line before those given, without its newline; it is valid
// until the next call. A line of more than MaxRecord bytes is given in pieces.
func (b *backward) prev() (line []byte, ok bool) {
	for {
		text, _ := bytes.CutSuffix(b.buf, []byte{'\n'})
		if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
			b.buf = b.buf[:i+1]
			return text[i+1:], true
		}
		if b.off == 0 || len(text) >= MaxRecord {
			ok = len(b.buf) > 0
			b.buf = b.buf[:0]
			return text, ok
		}
		if !b.more() {
			return nil, false
		}
	}
}

// more reads the block before what is in the buffer. A file that has become
// shorter meanwhile ends the search.
func (b *backward) more() bool {
	n := int(min(b.off, backwardBlock))
	if n == 0 {
		return false
	}
	grown := make([]byte, n+len(b.buf))
	copy(grown[n:], b.buf)
	if got, err := b.f.ReadAt(grown[:n], b.off-int64(n)); got < n {
		b.err = err
		return false
	}
	b.buf, b.off = grown, b.off-int64(n)
	return true
}
