package unit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Watch follows one unit. It holds the latest state and no history. It belongs
// to whoever opened it, who must Close it.
type Watch struct {
	c    *Conn
	name string
	path dbus.ObjectPath
	wake chan struct{} // capacity 1

	mu      sync.Mutex
	link    *link                   // that the match rules are on; guarded by mu, as all below
	base    map[string]dbus.Variant // what was read last
	over    map[string]change       // what signals told since
	dirty   bool                    // must be read (again)
	gone    bool                    // not loaded
	pending bool                    // told of something since the last Next
	told    State                   // what Next returned last
	toldAny bool
	toldEnd bool // Next has returned ErrNotLoaded for this absence
	closed  bool
}

// change is a property's value and where it stood among the messages.
type change struct {
	value dbus.Variant
	seq   dbus.Sequence
}

// Watch begins to follow a unit. The unit need not be loaded: then the first
// Next says so and the second waits for it.
func (c *Conn) Watch(ctx context.Context, name string) (*Watch, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	w := &Watch{c: c, name: name, path: unitPath(name), wake: make(chan struct{}, 1)}
	c.hub.addWatch(w)
	err := c.repeat(ctx, func(l *link) error { return w.attach(ctx, l) })
	if err == nil {
		err = w.read(ctx, true)
	}
	if err != nil {
		w.Close()
		return nil, named("watch", name, err)
	}
	return w, nil
}

// Close ends the watch; a waiting Next returns ErrClosed.
func (w *Watch) Close() error {
	w.c.hub.dropWatch(w)
	w.mu.Lock()
	l := w.link
	w.link, w.closed = nil, true
	w.mu.Unlock()
	signalOne(w.wake)
	if l != nil {
		l.removeMatches(matchUnit(w.name, w.path))
	}
	return nil
}

// Next returns the unit's state: the present one the first time, then, each
// time it has changed, the latest; states in between may be left out, and none
// comes twice in a row. It waits as long as nothing changes. When the manager
// has unloaded the unit it returns, once, the last state and an error that
// wraps ErrNotLoaded, and then waits until the unit is loaded again. One
// goroutine at a time may be in Next.
func (w *Watch) Next(ctx context.Context) (State, error) {
	for {
		l, err := w.follow(ctx)
		if err != nil {
			return State{}, named("watch", w.name, err)
		}
		if s, ok, err := w.tell(); ok {
			return s, err
		}
		select {
		case <-w.wake:
		case <-l.lost():
		case <-ctx.Done():
			return State{}, named("watch", w.name, context.Cause(ctx))
		}
	}
}

// follow brings the watch up to date: on the live link, and read if it must be.
func (w *Watch) follow(ctx context.Context) (*link, error) {
	var live *link
	err := w.c.repeat(ctx, func(l *link) error {
		live = l
		w.mu.Lock()
		known, closed := w.link == l, w.closed
		w.mu.Unlock()
		if closed {
			return ErrClosed
		}
		if known {
			return nil
		}
		return w.attach(ctx, l)
	})
	if err != nil {
		return nil, err
	}
	return live, w.read(ctx, false)
}

// attach asks for the unit's signals on l. Whatever happened before is read.
func (w *Watch) attach(ctx context.Context, l *link) error {
	if err := l.subscribe(ctx); err != nil {
		return err
	}
	if err := l.addMatches(ctx, matchUnit(w.name, w.path)); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.link, w.dirty, w.over = l, true, map[string]change{}
	return nil
}

// read reads the unit if that is due. A unit that is not loaded is left so,
// but for the first time: to read a unit's object loads it, which is announced
// like any loading and would be taken for news.
func (w *Watch) read(ctx context.Context, first bool) error {
	w.mu.Lock()
	due := w.dirty
	w.dirty = false
	w.mu.Unlock()
	if !due {
		return nil
	}
	props, seq, err := w.fetch(ctx, first)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case errors.Is(err, ErrNotLoaded):
		w.gone, w.pending = true, true
		return nil
	case err != nil:
		w.dirty = true
		return err
	}
	w.settle(props, seq)
	return nil
}

// fetch asks for all properties.
func (w *Watch) fetch(ctx context.Context, first bool) (props map[string]dbus.Variant, seq dbus.Sequence, err error) {
	err = w.c.repeat(ctx, func(l *link) error {
		if !first {
			var path dbus.ObjectPath
			if err := l.call(ctx, managerObj, callGetUnit, []any{w.name}, &path); err != nil {
				return err
			}
		}
		var err error
		seq, err = l.callSeq(ctx, w.path, callGetAll, []any{""}, &props)
		return err
	})
	return props, seq, err
}

// settle makes props, which were told at seq, the base; later signals stay on
// top. Called with mu held.
func (w *Watch) settle(props map[string]dbus.Variant, seq dbus.Sequence) {
	w.base = map[string]dbus.Variant{}
	for name, v := range props {
		if inState(name) {
			w.base[name] = v
		}
	}
	for name, ch := range w.over {
		if ch.seq <= seq {
			delete(w.over, name)
		}
	}
	w.gone = text(props["LoadState"]) == "not-found"
	w.pending = true
}

// tell returns what Next must return now, if anything.
func (w *Watch) tell() (State, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return State{}, true, named("watch", w.name, ErrClosed)
	}
	if !w.pending {
		return State{}, false, nil
	}
	s := w.state()
	if s.LoadState != "not-found" && w.base != nil && (!w.toldAny || s != w.told) {
		w.told, w.toldAny, w.pending = s, true, w.gone
		w.toldEnd = w.toldEnd && w.gone
		return s, true, nil
	}
	w.pending = false
	if !w.gone {
		w.toldEnd = false
		return State{}, false, nil
	}
	if w.toldEnd {
		return State{}, false, nil
	}
	w.toldEnd = true
	return w.told, true, fmt.Errorf("watch %s: %w", w.name, ErrNotLoaded)
}

// state is the base with the changes on top.
func (w *Watch) state() State {
	props := make(map[string]dbus.Variant, len(w.base))
	for name, v := range w.base {
		props[name] = v
	}
	for name, ch := range w.over {
		props[name] = ch.value
	}
	return newState(props)
}

// changed takes note of a PropertiesChanged signal. Like stale it is
// called by the goroutine that reads the bus and must not block.
func (w *Watch) changed(props map[string]dbus.Variant, seq dbus.Sequence) {
	w.mu.Lock()
	for name, v := range props {
		if inState(name) {
			w.over[name] = change{v, seq}
		}
	}
	// The cgroup is not announced; it comes with the first process.
	if text(w.base["ControlGroup"]) == "" && text(props["ActiveState"]) != "inactive" {
		w.dirty = true
	}
	w.pending = true
	w.mu.Unlock()
	signalOne(w.wake)
}

// stale makes the next Next read the unit, or find it gone. UnitNew and
// UnitRemoved come here too: daemon-reload sends both for every unit, so that
// what they say is no news by itself.
func (w *Watch) stale() {
	w.mu.Lock()
	w.dirty = true
	w.mu.Unlock()
	signalOne(w.wake)
}

func (w *Watch) attachedTo(l *link) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.link == l
}
