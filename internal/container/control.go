package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
)

// DrainRelay returns when everything that the container has written is stored.
// It must not be called while the container can still write. A relay that dies
// meanwhile is started again by the manager, and asked again.
func DrainRelay(ctx context.Context, d Dir) error {
	for {
		pending, err := pendingOutput(d)
		if err != nil || pending == 0 {
			return err
		}
		err = askDrain(ctx, d)
		if err == nil || ctx.Err() != nil || !connectionLost(err) {
			return err
		}
	}
}

// pendingOutput is how many bytes are in the FIFOs. The relay takes bytes out
// only when they are stored, so 0 means that nothing is left to do.
func pendingOutput(d Dir) (int, error) {
	n := 0
	for _, path := range []string{d.Stdout(), d.Stderr()} {
		p, err := sys.FIFOPending(path)
		if err != nil {
			return 0, err
		}
		n += p
	}
	return n, nil
}

func askDrain(ctx context.Context, d Dir) error {
	c, err := ask(ctx, d, "drain")
	if err != nil {
		return fmt.Errorf("drain %s: %w", d.Control(), err)
	}
	return c.Close()
}

// ask connects to the relay, makes a request and waits for its answer.
func ask(ctx context.Context, d Dir, request string) (*net.UnixConn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unixpacket", d.Control())
	if err != nil {
		return nil, err
	}
	c, _ := conn.(*net.UnixConn)
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := exchange(c, request); err != nil {
		return nil, errors.Join(context.Cause(ctx), err, c.Close())
	}
	return c, nil
}

// exchange sends a request and reads the answer, which is one byte.
func exchange(c *net.UnixConn, request string) error {
	if _, err := io.WriteString(c, request); err != nil {
		return err
	}
	var answer [1]byte
	if _, err := c.Read(answer[:]); err != nil {
		return err
	}
	if answer[0] != loop.AnswerOK {
		return fmt.Errorf("the relay refused %q", request)
	}
	return nil
}

// connectionLost reports whether err means that the relay went away.
func connectionLost(err error) bool {
	return errors.Is(err, io.EOF) || sys.IsErrno(err, sys.EPIPE) || sys.IsErrno(err, sys.ECONNRESET)
}

// Follower gets a container's output as it comes.
type Follower struct {
	dir  Dir
	conn *net.UnixConn
}

// Follow connects to the relay of the container in d, and returns when the
// relay has taken up the connection: every byte that is read from the FIFOs
// from then on is shown. A follower that does not read holds the container's
// output back, as the reader of a pipe does. A relay that dies before it has
// answered is asked again.
func Follow(ctx context.Context, d Dir) (*Follower, error) {
	for {
		c, err := ask(ctx, d, "follow")
		if err == nil {
			return &Follower{d, c}, nil
		}
		if ctx.Err() != nil || !connectionLost(err) {
			return nil, fmt.Errorf("follow %s: %w", d.Control(), err)
		}
	}
}

// Close ends the connection.
func (f *Follower) Close() error { return f.conn.Close() }

// Copy writes what comes to stdout and stderr until ctx ends, which says that
// the container has ended, and what was sent before is written; or until a
// writer fails. The connection outlives a relay that is killed, in the manager's
// file descriptor store, and one that is restarted. To one that is stopped, and
// started again by the next output, Copy connects anew; what was shown to nobody
// meanwhile is in the journal only, and gap is called.
func (f *Follower) Copy(ctx context.Context, stdout, stderr io.Writer, gap func()) error {
	for {
		if err := f.copy(ctx, stdout, stderr); err != nil || ctx.Err() != nil {
			return err
		}
		next, err := Follow(ctx, f.dir)
		if err != nil {
			return nil //nolint:nilerr // the container has ended: its control socket is gone
		}
		gap()
		old := f.conn
		f.conn = next.conn
		if err := old.Close(); err != nil {
			return err
		}
	}
}

// copy is Copy for one connection.
func (f *Follower) copy(ctx context.Context, stdout, stderr io.Writer) error {
	// What is in the socket when the container has ended is all there is: it
	// is read without waiting for more.
	conn := f.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, 1+loop.PacketData)
	for {
		n, err := f.read(buf)
		if n == 0 || err != nil {
			return err
		}
		if buf[0] == loop.AnswerOK {
			continue // a relay has taken over from one that was killed
		}
		w := stdout
		if buf[0] == loop.PacketStderr {
			w = stderr
		}
		if _, err := w.Write(buf[1:n]); err != nil {
			return err
		}
	}
}

// read reads one packet; 0 means the end.
func (f *Follower) read(buf []byte) (int, error) {
	n, err := f.conn.Read(buf)
	switch {
	case err == nil:
		return n, nil
	case isTimeout(err):
		return f.readRest(buf)
	case connectionLost(err):
		return 0, nil
	}
	return 0, err
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// readRest reads one packet that is there already; 0 means that none is.
func (f *Follower) readRest(buf []byte) (n int, err error) {
	raw, err := f.conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := raw.Control(func(fd uintptr) { n, err = sys.ReadNow(int(fd), buf) })
	if sys.IsErrno(err, sys.EAGAIN) || connectionLost(err) {
		return 0, cerr
	}
	return n, errors.Join(cerr, err)
}
