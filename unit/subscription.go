package unit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// Change is what a Subscription tells: the state of one unit, or, with Missed,
// that something may have happened that nobody was told of.
type Change struct {
	// Missed says that the connection, the manager or the queue had a gap before
	// this. Loaded has the states of all units that are loaded now, some of which
	// may be no news. The other fields are empty.
	Missed bool
	Loaded []Change
	// Gone says that the manager has unloaded the unit State.Name, all that is
	// known here. daemon-reload says so of every unit, and then loads it again.
	Gone  bool
	State State
	// ExecMainStart and ExecMainExit are when the main process of a service was
	// started and was reaped; zero if it was not.
	ExecMainStart, ExecMainExit time.Time
}

// maxQueued bounds the changes that wait for Next. What is beyond is dropped
// and shows as Missed.
const maxQueued = 16384

// Subscription follows all units of a kind, those that come later included, by
// the manager's signals, in their order. The manager tells the state of a unit
// as it is when it comes to send: of states that follow each other at once only
// the last, whose time stamps and counters show what was in between. It belongs
// to whoever opened it, who must Close it.
type Subscription struct {
	c        *Conn
	patterns []string
	want     func(name string) bool
	wake     chan struct{} // capacity 1

	mu     sync.Mutex
	link   *link                              // that the match rules are on; guarded by mu, as all below
	parts  map[string]map[string]dbus.Variant // first halves of a unit's signal
	queue  []Change
	stale  bool // read all units again
	closed bool
}

// Subscribe begins to follow the units whose names match one of the shell
// patterns and for which want is true. want is called by the goroutine that reads
// the bus and must not block. The first change is a Missed one, with the states
// of the units that are loaded now after it.
func (c *Conn) Subscribe(ctx context.Context, want func(name string) bool, patterns ...string) (*Subscription, error) {
	s := &Subscription{
		c: c, patterns: patterns, want: want,
		wake: make(chan struct{}, 1), parts: map[string]map[string]dbus.Variant{},
	}
	c.hub.addSubscription(s)
	if err := c.repeat(ctx, func(l *link) error { return s.attach(ctx, l) }); err != nil {
		s.Close()
		return nil, named("subscribe to the units of the", c.manager.String(), err)
	}
	return s, nil
}

// Close ends the subscription; a waiting Next returns ErrClosed.
func (s *Subscription) Close() error {
	s.c.hub.dropSubscription(s)
	s.mu.Lock()
	l := s.link
	s.link, s.closed, s.queue = nil, true, nil
	s.mu.Unlock()
	signalOne(s.wake)
	if l != nil {
		l.removeMatches(matchUnits())
	}
	return nil
}

// Next returns the next change, and waits as long as there is none. One
// goroutine at a time may be in Next.
func (s *Subscription) Next(ctx context.Context) (Change, error) {
	for {
		if ch, ok := s.pop(); ok {
			return ch, nil
		}
		l, err := s.follow(ctx)
		if err != nil {
			return Change{}, named("follow the units of the", s.c.manager.String(), err)
		}
		if s.waiting() {
			continue
		}
		select {
		case <-s.wake:
		case <-l.lost():
		case <-ctx.Done():
			return Change{}, named("follow the units of the", s.c.manager.String(), context.Cause(ctx))
		}
	}
}

func (s *Subscription) pop() (Change, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return Change{}, false
	}
	ch := s.queue[0]
	s.queue = s.queue[1:]
	return ch, true
}

func (s *Subscription) waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue) > 0
}

// follow puts the subscription on the live link, and reads all units if that is
// due.
func (s *Subscription) follow(ctx context.Context) (*link, error) {
	var live *link
	err := s.c.repeat(ctx, func(l *link) error {
		live = l
		s.mu.Lock()
		known, closed := s.link == l, s.closed
		s.mu.Unlock()
		switch {
		case closed:
			return ErrClosed
		case known:
			return nil
		}
		return s.attach(ctx, l)
	})
	if err != nil {
		return nil, err
	}
	return live, s.readAll(ctx)
}

// attach asks for the signals on l.
func (s *Subscription) attach(ctx context.Context, l *link) error {
	if err := l.subscribe(ctx); err != nil {
		return err
	}
	if err := l.addMatches(ctx, matchUnits()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link, s.stale = l, true
	return nil
}

// readAll tells the states of all units after a gap.
func (s *Subscription) readAll(ctx context.Context) error {
	s.mu.Lock()
	due := s.stale
	s.stale = false
	s.mu.Unlock()
	if !due {
		return nil
	}
	found, err := s.readUnits(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.stale = true
		return err
	}
	s.queue = append(s.queue, Change{Missed: true, Loaded: found})
	return nil
}

func (s *Subscription) readUnits(ctx context.Context) ([]Change, error) {
	units, err := s.c.List(ctx, s.patterns...)
	if err != nil {
		return nil, err
	}
	var found []Change
	for _, u := range units {
		if !s.want(u.Name) || u.LoadState == "not-found" {
			continue
		}
		var props map[string]dbus.Variant
		err := s.c.read(ctx, unitPath(u.Name), callGetAll, []any{""}, &props)
		switch {
		case errors.Is(err, ErrNotLoaded):
			continue // it has just gone
		case err != nil:
			return nil, err
		}
		if text(props["LoadState"]) != "not-found" {
			found = append(found, newChange(u.Name, props))
		}
	}
	return found, nil
}

func newChange(name string, props map[string]dbus.Variant) Change {
	ch := Change{
		State:         newState(props),
		ExecMainStart: instant(props["ExecMainStartTimestamp"]),
		ExecMainExit:  instant(props["ExecMainExitTimestamp"]),
	}
	ch.State.Name = name
	return ch
}
