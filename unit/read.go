package unit

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// maxRepeats bounds how often a reading call is repeated. Each repetition
// follows a loss of the bus or of the manager, so that more than a few mean
// that something is wrong that repeating does not heal.
const maxRepeats = 16

// read makes a call that changes nothing, again if the connection or the
// manager went away under it.
func (c *Conn) read(ctx context.Context, obj dbus.ObjectPath, method string, args []any, results ...any) error {
	return c.repeat(ctx, func(l *link) error { return l.call(ctx, obj, method, args, results...) })
}

// repeat runs f with a live link until it does not fail for want of a
// connection.
func (c *Conn) repeat(ctx context.Context, f func(*link) error) error {
	var last error
	for range maxRepeats {
		l, err := c.current(ctx)
		if err != nil {
			return err
		}
		if last = f(l); !errors.Is(last, ErrDisconnected) {
			return last
		}
		if err := c.awaitManager(ctx, l); err != nil {
			return err
		}
	}
	return last
}

// awaitManager returns when a manager is on l's bus, as far as the bus can
// tell, or l is lost.
func (c *Conn) awaitManager(ctx context.Context, l *link) error {
	if l.private {
		l.close() // its manager is gone, even if the reader has not seen it yet
	}
	if !l.alive() {
		return nil
	}
	if err := l.addMatches(ctx, []string{matchOwner}); err != nil {
		return l.giveUp(err)
	}
	defer l.removeMatches([]string{matchOwner})
	for {
		changed := c.hub.ownerChanged()
		owned, err := l.managed(ctx)
		if err != nil || owned {
			return l.giveUp(err)
		}
		select {
		case <-changed:
		case <-l.lost():
			return nil
		case <-ctx.Done():
			return fmt.Errorf("wait for the %s: %w", c.manager, context.Cause(ctx))
		}
	}
}

// giveUp closes a link whose bus does not answer, so that all see it as lost;
// another error it returns.
func (l *link) giveUp(err error) error {
	if !errors.Is(err, ErrDisconnected) {
		return err
	}
	l.close()
	return nil
}

// change makes a call that is not repeated.
func (c *Conn) change(ctx context.Context, method string, args []any, results ...any) error {
	l, err := c.current(ctx)
	if err != nil {
		return err
	}
	return l.call(ctx, managerObj, method, args, results...)
}
