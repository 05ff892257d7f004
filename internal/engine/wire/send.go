package wire

import (
	"fmt"

	"github.com/unitmon/unitmon/internal/sys"
)

// shortages is how often in a row ENOBUFS is tried again, with no event there
// to wait for.
const shortages = 1000

// Send sends a message in one write; only on a stream socket that is nearly
// full does the kernel take it in parts. It waits for room as long as the reader
// lives. When the reader has gone, Send closes the Pipe and returns nil, for the
// container goes on without its engine. On a closed or nil Pipe it does nothing.
func (p *Pipe) Send(m Message) error {
	if p.FD() < 0 {
		return nil
	}
	var buf [MaxMessage]byte
	rest := m.Append(buf[:0])
	for short := 0; len(rest) > 0; {
		n, err := sys.WriteFD(p.fd, rest)
		switch {
		case readerGone(err):
			_ = p.Close() // nobody is there to miss anything
			return nil
		case sys.IsErrno(err, sys.ENOBUFS) && short < shortages:
			short++
		case err != nil:
			return fmt.Errorf("%s: %w", p.name, err)
		}
		rest = rest[n:]
	}
	return nil
}

// readerGone reports whether a write failed because nobody can read it.
func readerGone(err error) bool {
	return sys.IsErrno(err, sys.EPIPE) || sys.IsErrno(err, sys.ECONNRESET) || sys.IsErrno(err, sys.ECONNREFUSED)
}
