package container

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/unit"
)

// Follower is a client of a container's relay, for as long as the container
// lives: it gets the output as it comes, and types the input. One Copy at a
// time; the other methods may run beside it.
type Follower struct {
	m    *unit.Conn
	unit string // the container's service
	path string // of the control socket
	o    attach.Options

	mu     sync.Mutex
	conn   *attach.Conn  // guarded by mu
	closed bool          // guarded by mu
	moved  chan struct{} // guarded by mu; closed when conn is another, or closed
}

// Follow connects to the relay of the container s, and returns when the
// relay has taken up the connection: every byte that it reads from then on is
// shown. m must be connected as long as the Follower is used.
func Follow(ctx context.Context, m *unit.Conn, s *Started, o attach.Options) (*Follower, error) {
	conn, err := attach.Open(ctx, s.Dir.Control(), o)
	if err != nil {
		return nil, err
	}
	o.Lines, o.Bytes = 0, 0 // whoever connects again has seen them
	return &Follower{m: m, unit: s.Record.Units().Service, path: s.Dir.Control(), o: o, conn: conn, moved: make(chan struct{})}, nil
}

// Close detaches: the container's stdin stays open. Copy and Write return, with
// net.ErrClosed.
func (f *Follower) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	close(f.moved)
	return f.conn.Close()
}

// current is the connection, and a channel that is closed when it is no more.
func (f *Follower) current() (*attach.Conn, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.conn, f.moved
}

// Copy writes what comes to out until ctx ends, which says that the container
// has ended, and what was sent before is written; or until a writer fails. The
// connection outlives a relay that is killed, in the manager's file descriptor
// store, and one that is restarted. To one that is stopped, and started again by
// the next output, Copy connects anew; what was shown to nobody meanwhile is in
// the logs only, and gap is called. A client that was dropped gets
// attach.ErrDropped, and may call Again.
func (f *Follower) Copy(ctx context.Context, out attach.Output, gap func()) error {
	for {
		conn, _ := f.current()
		if err := conn.Copy(ctx, out); err != nil || ctx.Err() != nil {
			return err
		}
		again, err := f.Again(ctx)
		if err != nil || !again {
			return err
		}
		gap()
	}
}

// Again connects anew after the relay has hung up. It returns false if the
// container has ended.
func (f *Follower) Again(ctx context.Context) (bool, error) {
	if !f.lives(ctx) {
		return false, nil
	}
	next, err := attach.Open(ctx, f.path, f.o)
	if err != nil {
		return false, nil //nolint:nilerr // the container has ended: its control socket is gone
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false, errors.Join(net.ErrClosed, next.Close())
	}
	old := f.conn
	f.conn = next
	close(f.moved)
	f.moved = make(chan struct{})
	return true, old.Close()
}

// lives reports whether the container runs. One that has ended, or is about to
// be started again, is waited for: a relay may hang up at the end of a run.
func (f *Follower) lives(ctx context.Context) bool {
	runs := func(s unit.State) bool {
		return s.ActiveState == "active" || s.ActiveState == "reloading" || s.ActiveState == "activating" && s.SubState != "auto-restart"
	}
	for {
		st, err := waitState(ctx, f.m, f.unit, func(s unit.State) bool { return runs(s) || ended(s) })
		if err != nil || runs(st) {
			return err == nil
		}
		// As in WaitEnd: "failed" may be on the way to "auto-restart".
		now, err := f.m.State(ctx, f.unit)
		if err != nil || ended(now) {
			return false
		}
	}
}

// Write types p into the container, at most attach.InputSize bytes. It waits as
// long as the container does not read what came before. If the relay hangs up,
// p goes to the next connection; what the relay had not passed on is lost.
func (f *Follower) Write(p []byte) (n int, err error) {
	err = f.typing(func(c *attach.Conn) error {
		n, err = c.Write(p)
		return err
	})
	return n, err
}

// CloseWrite ends the container's stdin, attach.Conn.CloseWrite.
func (f *Follower) CloseWrite() error { return f.typing((*attach.Conn).CloseWrite) }

// typing does something with the connection, or with the next one if the relay
// has hung up on it, until it works.
func (f *Follower) typing(do func(*attach.Conn) error) error {
	for {
		conn, moved := f.current()
		err := do(conn)
		if err == nil || f.isClosed() {
			return err
		}
		if !attach.Lost(err) && !errors.Is(err, net.ErrClosed) {
			return err
		}
		<-moved
	}
}

func (f *Follower) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}
