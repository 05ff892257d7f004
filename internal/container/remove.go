package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// Stop stops the container unit and waits until it has ended.
func Stop(ctx context.Context, m *unit.Conn, name string) error {
	units, err := Find(ctx, m, name)
	if err != nil {
		return err
	}
	job, err := m.StopUnit(ctx, units.Service)
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	if _, err := job.Wait(ctx); err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	return nil
}

// Remove removes the transient units of an ended container: it stops the socket unit,
// with which the directory goes, and lets the manager forget the rest. A
// container that is not there is removed already.
func Remove(ctx context.Context, m *unit.Conn, name string) error {
	job, err := m.StopUnit(ctx, SocketUnit(name))
	switch {
	case errors.Is(err, unit.ErrOnlyByDependency):
		err = WaitGone(ctx, m, SocketUnit(name)) // not kept: it goes by itself
	case err == nil:
		_, err = job.Wait(ctx)
	}
	if errors.Is(err, unit.ErrNotLoaded) {
		err = nil
	}
	for _, u := range []string{UnitName(name), RelayUnit(name), SocketUnit(name)} {
		if e := m.ResetFailed(ctx, u); e != nil && !errors.Is(e, unit.ErrNotLoaded) {
			err = errors.Join(err, e)
		}
	}
	return err
}
