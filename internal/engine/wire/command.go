package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// Kind says what a command is for.
type Kind int

// The kinds, with their numbers on the wire.
const (
	Resize Kind = 1 // give the terminal a new size
	Reopen Kind = 2 // open or rotate the log files
)

// Command is what an engine asks of a running monitor.
type Command struct {
	Kind       Kind
	Rows, Cols uint16 // 0 to 1000; 0 for Reopen
}

const (
	maxLine = 199  // bytes of a line with its newline
	maxSize = 1000 // rows and columns
)

// parseControl reads a line of ctl, "KIND ROWS COLS" by the rules of
// sscanf(3) "%d %d %d": what follows the last number does not count, so that a
// third number of "0x10" is 0 and "10.5" is 10.
func parseControl(line string) (Command, error) {
	v, err := numbers(line, 3)
	if err != nil {
		return Command{}, err
	}
	switch kind := Kind(v[0]); kind {
	case Resize:
		return size(v[1], v[2])
	case Reopen:
		// Its numbers mean nothing but must be within the limits.
		_, err := size(v[1], v[2])
		return Command{Kind: kind}, err
	default:
		return Command{}, fmt.Errorf("no such control message: %d", v[0])
	}
}

// parseSize reads a line of winsz, "ROWS COLS".
func parseSize(line string) (Command, error) {
	v, err := numbers(line, 2)
	if err != nil {
		return Command{}, err
	}
	return size(v[0], v[1])
}

// numbers reads the n numbers that a line begins with. One that does not fit
// becomes one that is out of every range.
func numbers(line string, n int) (v [3]int64, err error) {
	rest := line
	for i := range n {
		v[i], rest, err = number(rest)
		if errors.Is(err, strconv.ErrSyntax) {
			return v, fmt.Errorf("%q does not begin with %d numbers", line, n)
		}
	}
	return v, nil
}

// size makes a Resize of a size that is within the limits.
func size(rows, cols int64) (Command, error) {
	if rows < 0 || rows > maxSize || cols < 0 || cols > maxSize {
		return Command{}, fmt.Errorf("window size %dx%d is not within 0 and %d", rows, cols, maxSize)
	}
	return Command{Kind: Resize, Rows: uint16(rows), Cols: uint16(cols)}, nil
}

// lines cuts a stream of bytes into lines, however it is divided into reads.
// What has no newline in maxLine bytes is given up, and a new line begins, so
// that what an engine writes after it is understood.
type lines struct {
	buf [maxLine]byte
	n   int // bytes of a line that is not complete
}

// add takes the next bytes and calls whole for each line that they complete,
// without its newline, and broken for each that is given up.
func (l *lines) add(p []byte, whole func(line string), broken func()) {
	for len(p) > 0 {
		n := copy(l.buf[l.n:], p)
		if i := bytes.IndexByte(p[:n], '\n'); i >= 0 {
			whole(string(l.buf[:l.n+i]))
			l.n, p = 0, p[i+1:]
			continue
		}
		l.n, p = l.n+n, p[n:]
		if l.n == maxLine {
			l.n = 0
			broken()
		}
	}
}
