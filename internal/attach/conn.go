package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
)

// ErrDropped is wrapped when the relay has dropped this client, which was too
// slow; what it says about that is in the error's text.
var ErrDropped = errors.New("the relay dropped this client")

// Conn is a client's connection. It outlives a relay that is killed or
// restarted, because the manager keeps a copy for the next one.
type Conn struct{ c *net.UnixConn }

// Open connects to the control socket at path and returns when the relay has
// taken up the client: every byte of output that it reads from then on is sent.
// A relay that dies before it has answered is asked again.
func Open(ctx context.Context, path string, o Options) (*Conn, error) {
	for {
		c, err := ask(ctx, path, o.request())
		if err == nil {
			return &Conn{c}, nil
		}
		if ctx.Err() != nil || !Lost(err) {
			return nil, fmt.Errorf("attach %s: %w", path, err)
		}
	}
}

// Close detaches: the container's stdin stays open. What reads from or writes
// to the connection fails with net.ErrClosed.
func (c *Conn) Close() error { return c.c.Close() }

// Write types p, at most InputSize bytes, into the container, all of it or
// nothing. It waits as long as the container does not read what came before.
func (c *Conn) Write(p []byte) (int, error) { return c.c.Write(p) }

// CloseWrite ends the container's stdin, for all clients, unless the container
// was started otherwise or has a terminal. Output goes on.
func (c *Conn) CloseWrite() error { return c.c.CloseWrite() }

// Output is where a container's output goes.
type Output struct {
	Stdout, Stderr io.Writer
	// Note is called with what the relay says to people; failed means that
	// it could not do something. nil: nobody wants to know.
	Note func(text string, failed bool)
}

// Copy writes what comes to out until the relay hangs up, which is no error
// unless the client was dropped (ErrDropped); until a writer fails; or until
// ctx ends. That says that the container has ended: what was sent before is
// written, and nothing more is waited for.
func (c *Conn) Copy(ctx context.Context, out Output) error {
	stop := context.AfterFunc(ctx, func() { _ = c.c.SetReadDeadline(past()) })
	defer stop()
	buf := make([]byte, maxAnswer)
	var last []byte // the notice that was the last packet
	for {
		n, err := c.read(buf)
		if err != nil {
			return err
		}
		if n == 0 {
			return dropped(last)
		}
		if last = nil; buf[0] == loop.Notice {
			last = append(last, buf[:n]...)
		}
		if err := out.packet(buf[0], buf[1:n]); err != nil {
			return err
		}
	}
}

// dropped is how a connection has ended: a last notice says why the relay has
// ended it.
func dropped(last []byte) error {
	if last == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrDropped, last[1:])
}

// packet does what a packet says. Kinds that it does not know are for later
// clients.
func (o Output) packet(kind byte, data []byte) error {
	var err error
	switch kind {
	case loop.PacketStdout:
		_, err = o.Stdout.Write(data)
	case loop.PacketStderr:
		_, err = o.Stderr.Write(data)
	case loop.Notice, loop.AnswerError:
		if o.Note != nil {
			o.Note(string(data), kind == loop.AnswerError)
		}
	case loop.AnswerOK: // a relay has taken over from one that was killed
	}
	return err
}

// read reads one packet; 0 means the end. ECONNRESET says that the other side
// has closed without reading all of ours: what it sent before comes next
// (unix(7); the kernel reports it once).
func (c *Conn) read(buf []byte) (int, error) {
	for {
		n, err := sys.ReadPacket(c.c, buf)
		var t net.Error
		if errors.As(err, &t) && t.Timeout() {
			n, err = c.readRest(buf)
		}
		switch {
		case err == nil:
			return n, nil
		case sys.IsErrno(err, sys.ECONNRESET):
		case Lost(err):
			return 0, nil
		default:
			return 0, err
		}
	}
}

// readRest reads one packet that is there already; 0 means that none is.
func (c *Conn) readRest(buf []byte) (n int, err error) {
	raw, err := c.c.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := raw.Control(func(fd uintptr) {
		if n, err = sys.ReadNow(int(fd), buf); n == 0 && err == nil {
			n, err = sys.ReadNow(int(fd), buf) // see ReadPacket
		}
	})
	if sys.IsErrno(err, sys.EAGAIN) {
		return 0, cerr
	}
	return n, errors.Join(cerr, err)
}
