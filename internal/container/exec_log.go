package container

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/journal"
)

// copyToJournal sends the lines of r, output of the session, to the journal, as
// the relay sends a container's, and with ExecIDField: until r ends. They go
// one by one, since a session's process is in the container's unit and not in
// its own, whose fields (LogExtraFields=) a stream of its would not have. It
// waits for a journald that takes nothing, and the process then waits too.
func (s *Session) copyToJournal(ctx context.Context, r *os.File, priority int) error {
	c, err := journal.Dial(journal.DefaultSocket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	var e journal.Entry
	if err := s.head(&e, priority); err != nil {
		return err
	}
	head := e.Len()
	lines := newLineScanner(r)
	for lines.Scan() {
		e.Truncate(head)
		if lines.partial {
			err = e.AppendString(journal.ContainerPartialMessage, "true")
		}
		err = errors.Join(err, e.Append(journal.Message, lines.Bytes()))
		if err == nil {
			err = c.SendWait(ctx, &e)
		}
		if err != nil {
			return err
		}
	}
	return lines.Err()
}

// head begins an entry with what is the same in all of the session.
func (s *Session) head(e *journal.Entry, priority int) error {
	err := e.AppendString(journal.Priority, strconv.Itoa(priority))
	for _, f := range append(s.Record.Fields(), [2]string{ExecIDField, s.ID}) {
		err = errors.Join(err, e.AppendString(f[0], f[1]))
	}
	return err
}

// lineScanner gives lines without their newline, or pieces, partial, of one that
// has none or has more than loop.MaxLine bytes; those are cut between UTF-8
// characters.
type lineScanner struct {
	*bufio.Scanner
	partial bool // of the last Scan
}

func newLineScanner(r io.Reader) *lineScanner {
	l := &lineScanner{Scanner: bufio.NewScanner(r)}
	l.Buffer(make([]byte, loop.MaxLine+1), loop.MaxLine+1)
	l.Split(l.split)
	return l
}

func (l *lineScanner) split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexByte(data, '\n')
	l.partial = i < 0
	switch {
	case i >= 0:
		return i + 1, data[:i], nil
	case len(data) > loop.MaxLine:
		n := wholeRunes(data[:loop.MaxLine])
		return n, data[:n], nil
	case atEOF && len(data) > 0:
		return len(data), data, nil
	}
	return 0, nil, nil
}

// wholeRunes is how long b is without the beginning of a character at its end.
func wholeRunes(b []byte) int {
	for n := 1; n < utf8.UTFMax; n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if utf8.FullRune(b[len(b)-n:]) {
				break
			}
			return len(b) - n
		}
	}
	return len(b)
}
