package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// StartConfigured starts the configured container name and waits until it runs.
// The error says why it could not be started, as StartFailure does; of a
// transient container, that it cannot be started again.
func StartConfigured(ctx context.Context, m *unit.Conn, name string) error {
	units, err := Find(ctx, m, name)
	if errors.Is(err, ErrNoContainer) {
		return fmt.Errorf("%w (unitmon create %s … configures one)", err, name)
	}
	if err != nil {
		return err
	}
	if units == TransientUnits(name) {
		return startTransient(ctx, m, name, units)
	}
	job, err := m.StartUnit(ctx, units.Service)
	if errors.Is(err, unit.ErrNotLoaded) {
		return fmt.Errorf("container %s: %w: the unit templates are not installed", name, err)
	}
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	if _, err := job.Wait(ctx); err != nil {
		return startFailed(ctx, m, name, err)
	}
	return nil
}

// startTransient says why a container of "unitmon run" is not started: it runs,
// or it has ended and the manager keeps only its units.
func startTransient(ctx context.Context, m *unit.Conn, name string, units Units) error {
	st, err := m.State(ctx, units.Service)
	if err != nil {
		return err
	}
	if !ended(st) {
		return fmt.Errorf("container %s: it is there already: %s is %s (%s)", name, st.Name, st.ActiveState, st.SubState)
	}
	return fmt.Errorf("container %s: it was of unitmon run and has ended, it cannot be started again: unitmon rm %s, then unitmon run", name, name)
}

// startFailed explains a start job that failed. A start that failed before launch
// had written a record is explained all the same.
func startFailed(ctx context.Context, m *unit.Conn, name string, jobErr error) error {
	user := m.Manager() == unit.User
	d, err := DirOf(name, user)
	if err != nil {
		return errors.Join(jobErr, err)
	}
	r, err := ReadRecord(d)
	if err != nil {
		id, _ := ConfigID(name, user) // empty: the journal has nothing of it
		r = &Record{Name: name, ID: id, User: user, FromFile: true, SDNotify: NotifyUnit}
	}
	return StartFailure(ctx, m, &Started{Record: r, Dir: d}, jobErr)
}
