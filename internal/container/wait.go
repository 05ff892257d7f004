package container

import (
	"context"
	"errors"

	"github.com/unitmon/unitmon/unit"
)

// WaitGone waits until a unit is not loaded any more, or is inactive.
func WaitGone(ctx context.Context, m *unit.Conn, name string) error {
	_, err := waitState(ctx, m, name, func(s unit.State) bool { return s.ActiveState == "inactive" || s.ActiveState == "failed" })
	return err
}

// Release gives up the reference to the container unit that Plan.Start took.
// The manager unloads the unit before it answers the next call, if the unit has
// ended and is not kept.
func Release(ctx context.Context, m *unit.Conn, service string) error {
	if m.Private() {
		return nil // there are no references
	}
	err := m.Unref(ctx, service)
	if errors.Is(err, unit.ErrNotLoaded) || errors.Is(err, unit.ErrNotReferenced) {
		return nil // as after a restart of the bus
	}
	return err
}

// WaitEnd waits until a container's service unit has ended for good: it is neither
// active nor on the way to be started again. It returns the unit's last state,
// which the caller's reference (AddRef=) keeps readable.
func WaitEnd(ctx context.Context, m *unit.Conn, service string) (unit.State, error) {
	for {
		last, err := waitState(ctx, m, service, ended)
		if err != nil {
			return last, err
		}
		// The manager announces "failed", without a job, also on the way to
		// "auto-restart" (service_enter_dead() in systemd's service.c). It
		// answers nobody in between, so what it says when asked is true.
		now, err := m.State(ctx, service)
		if errors.Is(err, unit.ErrNotLoaded) {
			return last, nil
		}
		if err != nil || ended(now) {
			return now, err
		}
	}
}

// waitRun waits until the first run of a container unit has ended, whether or
// not it is started again, or until a later one runs.
func waitRun(ctx context.Context, m *unit.Conn, service string) (unit.State, error) {
	return waitState(ctx, m, service, func(s unit.State) bool {
		return ended(s) || s.SubState == "auto-restart" || s.ActiveState == "active"
	})
}

// ended reports whether a state is final. While a restart is due the manager
// calls the unit "activating (auto-restart)".
func ended(s unit.State) bool {
	return (s.ActiveState == "inactive" || s.ActiveState == "failed") && s.JobID == 0
}

// waitState waits until a unit's state satisfies ok. A unit that is not loaded
// satisfies everything; its last state is returned.
func waitState(ctx context.Context, m *unit.Conn, name string, ok func(unit.State) bool) (unit.State, error) {
	w, err := m.Watch(ctx, name)
	if errors.Is(err, unit.ErrNotLoaded) {
		return unit.State{}, nil
	}
	if err != nil {
		return unit.State{}, err
	}
	defer func() { _ = w.Close() }()
	for {
		s, err := w.Next(ctx)
		if errors.Is(err, unit.ErrNotLoaded) {
			return s, nil
		}
		if err != nil || ok(s) {
			return s, err
		}
	}
}

// WaitCreated waits until the container is created and waits at the gate. It
// returns false if the start ended before that. A runtime that fails to create
// a container prints its error on the container's stderr too: who follows the
// output only from here on does not see it twice.
func WaitCreated(ctx context.Context, m *unit.Conn, service string) (bool, error) {
	st, err := waitState(ctx, m, service, func(s unit.State) bool {
		return s.StatusText == statusCreated || s.JobID == 0
	})
	return st.StatusText == statusCreated, err
}
