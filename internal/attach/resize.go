package attach

import (
	"context"
	"errors"
	"fmt"
	"net"
)

// Resizer sends a terminal's size to a relay, over a connection of its own that
// stays open. One call at a time.
type Resizer struct {
	path string
	conn *net.UnixConn
}

// NewResizer makes a Resizer for the control socket at path. It connects when it
// is used.
func NewResizer(path string) *Resizer { return &Resizer{path: path} }

// Resize sets the size of the container's terminal; 0 is an unknown size. A
// relay that has gone since the last call, or goes before it answers, is asked
// again.
func (r *Resizer) Resize(ctx context.Context, rows, cols int) error {
	request := fmt.Sprintf("resize %d %d", rows, cols)
	for {
		err := r.try(ctx, request)
		if err == nil {
			return nil
		}
		err = errors.Join(err, r.Close())
		if ctx.Err() != nil || !Lost(err) {
			return fmt.Errorf("resize %s: %w", r.path, err)
		}
	}
}

// try makes a request on the connection, which it makes first if there is none.
func (r *Resizer) try(ctx context.Context, request string) (err error) {
	if r.conn == nil {
		r.conn, err = ask(ctx, r.path, request)
		return err
	}
	return exchange(ctx, r.conn, request)
}

// Close ends the connection, if there is one.
func (r *Resizer) Close() error {
	c := r.conn
	r.conn = nil
	if c == nil {
		return nil
	}
	return c.Close()
}
