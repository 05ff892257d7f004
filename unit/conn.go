package unit

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Manager says which service manager is meant.
type Manager int

const (
	System Manager = iota // PID 1
	User                  // the manager of the calling user
)

// String names the manager for messages.
func (m Manager) String() string {
	if m == User {
		return "user manager"
	}
	return "system manager"
}

// Conn is a connection to a service manager. It dials again by itself when the
// bus goes away. Its methods may be called from several goroutines. It belongs
// to whoever dialled it, who must Close it.
type Conn struct {
	manager Manager
	hub     hub // who waits for which signals

	life context.Context // ends with Close
	end  context.CancelCauseFunc

	mu   sync.Mutex // guards what follows; held while dialling again
	link *link
	refs map[string]struct{} // units held by Ref, to be held again after a loss

	types typeCache
}

// Dial connects to a manager: through the message bus ($DBUS_SYSTEM_BUS_ADDRESS
// or /run/dbus/system_bus_socket; for User $DBUS_SESSION_BUS_ADDRESS or
// $XDG_RUNTIME_DIR/bus), or, where there is none, through the manager's private
// socket (/run/systemd/private, root only; $XDG_RUNTIME_DIR/systemd/private).
// When neither answers the error wraps ErrNoManager and says what was tried.
func Dial(ctx context.Context, m Manager) (*Conn, error) {
	c := &Conn{manager: m, refs: map[string]struct{}{}}
	c.life, c.end = context.WithCancelCause(context.Background())
	l, err := dialLink(ctx, m, &c.hub)
	if err != nil {
		c.end(err)
		return nil, err
	}
	c.link = l
	return c, nil
}

// Close ends the connection. Waits for jobs and watches end with ErrClosed;
// the jobs themselves go on.
func (c *Conn) Close() error {
	c.end(ErrClosed)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link.close()
}

// Manager is the manager that was dialled.
func (c *Conn) Manager() Manager { return c.manager }

// Private reports whether the connection is the manager's private socket, not
// the bus: there is no Controller=, no AddRef and no Ref then, and
// daemon-reexec cuts it.
func (c *Conn) Private() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link.private
}

// Version returns the leading number of the manager's Version property: 252 for
// "252.39-1~deb12u1". It can change: an upgrade ends with daemon-reexec.
func (c *Conn) Version(ctx context.Context) (int, error) {
	var v dbus.Variant
	if err := c.read(ctx, managerObj, callGet, []any{ifaceMgr, "Version"}, &v); err != nil {
		return 0, fmt.Errorf("version of the %s: %w", c.manager, err)
	}
	s, _ := v.Value().(string)
	n, err := leadingNumber(s)
	if err != nil {
		return 0, fmt.Errorf("version of the %s: %w", c.manager, err)
	}
	return n, nil
}

// leadingNumber returns the number that s begins with.
func leadingNumber(s string) (int, error) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(s[:i])
	if err != nil {
		return 0, fmt.Errorf("%q does not begin with a number", s)
	}
	return n, nil
}

// current returns a live link, dialling a new one when the last was lost.
func (c *Conn) current(ctx context.Context) (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.life.Err() != nil {
		return nil, ErrClosed
	}
	if c.link.alive() {
		return c.link, nil
	}
	ctx, cancel := joined(ctx, c.life)
	defer cancel()
	l, err := redial(ctx, c.manager, &c.hub)
	if err != nil {
		return nil, err
	}
	c.link = l
	c.holdAgain(ctx, l)
	c.hub.resync()
	return l, nil
}

// holdAgain takes the references that the manager dropped when it saw the old
// connection go. A unit that is gone meanwhile cannot be held any more.
func (c *Conn) holdAgain(ctx context.Context, l *link) {
	for name := range c.refs {
		if err := l.call(ctx, managerObj, callRef, []any{name}); errors.Is(err, ErrNotLoaded) {
			delete(c.refs, name)
		}
	}
}

// joined returns a context that ends with either of two, with its cause.
func joined(ctx, other context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(other, func() { cancel(context.Cause(other)) })
	return ctx, func() { stop(); cancel(nil) }
}
