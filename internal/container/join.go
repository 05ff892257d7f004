package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// Join finds the container name, which must be running, and takes a reference to
// its unit, so that WaitExit can tell its exit; Release gives it up.
func Join(ctx context.Context, m *unit.Conn, name string, user bool) (*Started, error) {
	d, err := DirOf(name, user)
	if err != nil {
		return nil, err
	}
	units, err := Find(ctx, m, name)
	if err != nil {
		return nil, err
	}
	if err := hold(ctx, m, name, units.Service); err != nil {
		return nil, err
	}
	err = Running(ctx, m, name, units.Service)
	s := &Started{Dir: d}
	if err == nil {
		s.Record, err = ReadRecord(d)
	}
	if err != nil {
		return nil, errors.Join(err, Release(ctx, m, units.Service))
	}
	return s, nil
}

// hold takes a reference to the unit of a container that is there. Without a bus
// there are no references; the exit of a container is then in the journal.
func hold(ctx context.Context, m *unit.Conn, name, service string) error {
	if m.Private() {
		return nil
	}
	err := m.Ref(ctx, service)
	if errors.Is(err, unit.ErrNotLoaded) {
		return fmt.Errorf("container %s: %w: it has just gone: %w", name, ErrNoContainer, err)
	}
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	return nil
}

// Running is nil if a container unit is there and has not ended.
func Running(ctx context.Context, m *unit.Conn, name, service string) error {
	st, err := m.State(ctx, service)
	switch {
	case err != nil:
		return err
	case ended(st):
		return fmt.Errorf("container %s: it is not running: %s is %s (%s)", name, st.Name, st.ActiveState, st.SubState)
	}
	return nil
}
