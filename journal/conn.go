package journal

import (
	"context"
	"fmt"

	"github.com/unitmon/unitmon/internal/sys"
)

// DefaultSocket is where journald takes entries.
const DefaultSocket = "/run/systemd/journal/socket"

// ErrAgain says that the entry was not sent, because journald's queue is full. It
// stands for EAGAIN, which errors.Is finds in it too.
var ErrAgain error = again{}

// again is a type of its own, as formatting an error with package fmt takes every
// program 20 us at its start.
type again struct{}

func (again) Error() string { return "journal queue is full: " + sys.EAGAIN.Error() }
func (again) Unwrap() error { return sys.EAGAIN }

// Conn sends entries to a journald. There is no connection in the kernel's
// sense: every entry is sent to the path, so a Conn goes on working when
// journald's socket is made anew. It serves one goroutine at a time.
type Conn struct {
	socket *sys.Datagram
}

// Dial makes a Conn to the socket at an absolute path, normally
// DefaultSocket. Nobody needs to listen there yet.
func Dial(path string) (*Conn, error) {
	socket, err := sys.OpenDatagram(path)
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return &Conn{socket}, nil
}

// Close closes the socket. Entries already sent are not affected.
func (c *Conn) Close() error { return c.socket.Close() }

// SetSendBuffer asks for room for n bytes that journald has not read yet, and
// returns the size in force, which the kernel doubles. The default lets an
// entry of 200 KiB pass as a datagram; a larger one goes the slower way of a
// memory file. 8 MiB is what systemd's own clients ask for.
func (c *Conn) SetSendBuffer(n int) (int, error) { return c.socket.SetSendBuffer(n) }

// Send sends an entry without ever blocking, and does not keep it. A full
// queue is ErrAgain; a journald that is not there wraps fs.ErrNotExist or
// ECONNREFUSED.
func (c *Conn) Send(e *Entry) error {
	err := c.socket.Send(e.buf)
	if sys.IsErrno(err, sys.EMSGSIZE) || sys.IsErrno(err, sys.ENOBUFS) {
		err = c.sendMemfd(e.buf)
	}
	switch {
	case err == nil:
		return nil
	case sys.IsErrno(err, sys.EAGAIN):
		return ErrAgain
	}
	return fmt.Errorf("journal socket %s: %w", c.socket.Addr(), err)
}

// sendMemfd passes what no datagram can hold as the one descriptor of an
// empty datagram. Sealed, so that journald may map it instead of copying, and
// takes it from any user.
func (c *Conn) sendMemfd(entry []byte) error {
	f, err := sys.SealedMemfd("journal-entry", entry)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.socket.Send(nil, f)
}

// SendWait is Send, but waits for room in the queue, and for journald if it
// is not there, until ctx ends. It then returns an error that wraps the cause
// of ctx and that of the failed Send. Where the socket's directory is missing
// there is no journald to wait for, and SendWait fails at once.
func (c *Conn) SendWait(ctx context.Context, e *Entry) error {
	for {
		err := c.Send(e)
		var waitErr error
		switch {
		case err == nil:
			return nil
		case sys.IsErrno(err, sys.EAGAIN):
			waitErr = c.socket.WaitRoom(ctx)
		case sys.IsErrno(err, sys.ENOENT), sys.IsErrno(err, sys.ECONNREFUSED):
			waitErr = c.socket.WaitReceiver(ctx)
		default:
			return err
		}
		if waitErr != nil {
			return fmt.Errorf("%w: %w", err, waitErr)
		}
	}
}
