package lifecycle

import (
	"context"
	"slices"
	"sync"
)

// Event is something that has happened to a container or to a process in it.
type Event struct {
	Op      Op     // what has succeeded; "exit" for an end
	State   State  // the state after it
	Process string // id of the process; empty for the container itself
	Exit    *Exit  // of an end
	// Lost is how many events before this one the subscriber did not get.
	Lost int
}

const (
	// queueMax bounds the events that a subscriber has not read, without exits:
	// beyond, the oldest of them is lost, and counted.
	queueMax = 64
	// exitsMax bounds the exits that a subscriber has not read, together with
	// the processes that may end yet. They are never lost: no process is started
	// that might be too many.
	exitsMax = 1024
)

// hub brings events to subscribers. It never waits for one.
type hub struct {
	mu   sync.Mutex
	subs []*Subscription
}

// Subscription is a subscriber's queue. One goroutine may read it.
type Subscription struct {
	hub *hub

	mu    sync.Mutex
	queue []Event
	lost  int
	ready chan struct{} // has one element if there may be something to read
	once  sync.Once
	done  chan struct{}
}

// subscribe adds a subscriber, until ctx ends or it is closed.
func (h *hub) subscribe(ctx context.Context) *Subscription {
	s := &Subscription{hub: h, ready: make(chan struct{}, 1), done: make(chan struct{})}
	h.mu.Lock()
	h.subs = append(h.subs, s)
	h.mu.Unlock()
	context.AfterFunc(ctx, s.Close)
	return s
}

func (h *hub) publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.subs {
		s.push(e)
	}
}

// unread is the largest number of exits that a subscriber has not read.
func (h *hub) unread() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	most := 0
	for _, s := range h.subs {
		most = max(most, s.exits())
	}
	return most
}

func (s *Subscription) exits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, e := range s.queue {
		if e.Exit != nil {
			n++
		}
	}
	return n
}

// push appends an event and makes room if that is one too many.
func (s *Subscription) push(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, e)
	plain, first := 0, -1
	for i, q := range s.queue {
		if q.Exit == nil {
			plain++
			if first < 0 {
				first = i
			}
		}
	}
	if plain > queueMax {
		s.queue = slices.Delete(s.queue, first, first+1)
		s.lost++
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Next returns the next event, in the order in which they happened, and waits for
// one if there is none. The error is context.Cause of ctx, or context.Canceled
// when the subscription has ended and everything was read.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		if e, ok := s.pop(); ok {
			return e, nil
		}
		select {
		case <-s.ready:
			continue
		case <-ctx.Done():
			return Event{}, context.Cause(ctx)
		case <-s.done:
		}
		if e, ok := s.pop(); ok {
			return e, nil
		}
		return Event{}, context.Canceled
	}
}

func (s *Subscription) pop() (Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return Event{}, false
	}
	e := s.queue[0]
	s.queue = slices.Delete(s.queue, 0, 1)
	e.Lost, s.lost = s.lost, 0
	return e, true
}

// Close ends the subscription: nothing is added any more. What is in its queue
// can be read still.
func (s *Subscription) Close() {
	s.once.Do(func() {
		s.hub.mu.Lock()
		s.hub.subs = slices.DeleteFunc(s.hub.subs, func(o *Subscription) bool { return o == s })
		s.hub.mu.Unlock()
		close(s.done)
	})
}
