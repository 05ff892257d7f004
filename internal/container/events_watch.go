package container

import (
	"context"
	"errors"
	"time"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/unit"
)

// gapBefore is how much earlier than the last event the journal is read after a
// gap: its time stamps are of the moment when an entry was written.
const gapBefore = 10 * time.Second

// WatchEvents calls yield for each event from now on, as the manager's signals
// tell it, or first for those since a time, from the journal, if that is not zero;
// each comes once. It goes on until ctx ends, whose cause it returns, or yield
// returns an error.
//
// A restart of the bus or of the manager does not end it: what happened
// meanwhile comes from the journal. Who may not read that misses it, and OOM
// kills, which only the journal has.
func WatchEvents(ctx context.Context, m *unit.Conn, since time.Time, yield func(Event) error) error {
	w := &eventWatch{
		user: m.Manager() == unit.User, began: time.Now().Truncate(time.Microsecond),
		fold: newFold(time.Now), told: newTold(), yield: yield,
	}
	sub, err := m.Subscribe(ctx, isEventUnit, eventPatterns()...)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Close() }()
	w.from = w.began
	if !since.IsZero() {
		// Reap may be about to record an exit: the manager knows it already.
		w.from = since
		if err := PastEvents(ctx, w.user, since, w.tell); err != nil {
			return err
		}
	}
	return w.run(ctx, sub)
}

// eventWatch is one WatchEvents.
type eventWatch struct {
	user   bool
	began  time.Time
	from   time.Time // what was before is not told
	last   time.Time // when the last change came
	synced bool      // the first states are known
	fold   *fold
	told   toldEvents
	yield  func(Event) error
}

// change is what the manager says, or why it says nothing more.
type change struct {
	unit.Change
	err error
}

func (w *eventWatch) run(ctx context.Context, sub *unit.Subscription) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changes, kills := make(chan change), make(chan Event)
	go func() {
		for {
			ch, err := sub.Next(ctx)
			select {
			case changes <- change{ch, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	go w.followKills(ctx, kills)
	for {
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case e := <-kills:
			err = w.tell(e)
		case ch := <-changes:
			if err = ch.err; err == nil {
				err = w.take(ctx, ch.Change)
			}
		}
		if err != nil {
			return err
		}
	}
}

// followKills passes on what only the journal tells. Without a journal there is
// nothing.
func (w *eventWatch) followKills(ctx context.Context, kills chan<- Event) {
	args := []string{"--follow", "--no-tail", journalSince(w.began), journal.MessageID + "=" + msgOOM}
	_ = readEvents(ctx, w.user, args, func(e Event) error {
		select {
		case kills <- e:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// take makes events of a change.
func (w *eventWatch) take(ctx context.Context, ch unit.Change) error {
	if !ch.Missed {
		w.last = time.Now()
		return w.live(ch)
	}
	if w.synced {
		since := w.last
		if since.Before(w.began.Add(gapBefore)) {
			since = w.began.Add(gapBefore)
		}
		err := PastEvents(ctx, w.user, since.Add(-gapBefore), w.tell)
		if own := (yieldError{}); ctx.Err() != nil || errors.As(err, &own) {
			return err
		}
	}
	w.synced, w.last = true, time.Now()
	for _, loaded := range ch.Loaded {
		if err := w.live(loaded); err != nil {
			return err
		}
	}
	return nil
}

// live tells the events of one state; what was too long ago is no news.
func (w *eventWatch) live(ch unit.Change) error {
	for _, e := range w.fold.events(ch) {
		if e.Time.Before(w.from) {
			continue
		}
		if err := w.tell(e); err != nil {
			return err
		}
	}
	return nil
}

// yieldError is an error of yield's own.
type yieldError struct{ error }

func (e yieldError) Unwrap() error { return e.error }

// tell passes on an event that was not told before.
func (w *eventWatch) tell(e Event) error {
	if !w.told.first(e) {
		return nil
	}
	if err := w.yield(e); err != nil {
		return yieldError{err}
	}
	return nil
}
