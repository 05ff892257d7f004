package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// Start starts the container name, a configured one or one that has ended and is
// kept, and waits until it runs, which it may already do. The error says why it
// could not be started, as StartFailure does.
func Start(ctx context.Context, m *unit.Conn, name string) error {
	units, err := Find(ctx, m, name)
	if errors.Is(err, ErrNoContainer) {
		return fmt.Errorf("%w (unitmon create %s … configures one)", err, name)
	}
	if err != nil {
		return err
	}
	return startBy(ctx, m, name, units, m.StartUnit)
}

// Restart stops the container name and starts it again, or starts one that has
// ended and is kept, and waits until it runs. The error is as Start's.
func Restart(ctx context.Context, m *unit.Conn, name string) error {
	units, err := Find(ctx, m, name)
	if err != nil {
		return err
	}
	return startBy(ctx, m, name, units, m.RestartUnit)
}

// startBy queues a job that starts the container, and waits until it runs. The
// unit is held meanwhile, so that what a failed start leaves stays readable.
func startBy(
	ctx context.Context, m *unit.Conn, name string, units Units, queue func(context.Context, string) (*unit.Job, error),
) error {
	err := hold(ctx, m, name, units.Service)
	if err == nil {
		defer func() { _ = Release(ctx, m, units.Service) }()
	} else if !errors.Is(err, unit.ErrNotLoaded) {
		return err
	}
	was, _ := m.State(ctx, units.Service) // unknown: what failed is not explained by it
	job, err := queue(ctx, units.Service)
	if errors.Is(err, unit.ErrNotLoaded) && units == FileUnits(name) {
		return fmt.Errorf("container %s: %w: the unit templates are not installed", name, err)
	}
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	if _, err := job.Wait(ctx); err != nil {
		if often := tooOften(ctx, m, name, was, err); often != nil {
			return often
		}
		return startFailed(ctx, m, name, units, err)
	}
	return nil
}

// startFailed explains a start job that failed. A start that failed before launch
// had written a record is explained all the same.
func startFailed(ctx context.Context, m *unit.Conn, name string, units Units, jobErr error) error {
	user := m.Manager() == unit.User
	d, err := DirOf(name, user)
	if err != nil {
		return errors.Join(jobErr, err)
	}
	r, err := ReadRecord(d)
	if err != nil {
		id, _ := ConfigID(name, user) // empty: the journal has nothing of it
		r = &Record{Name: name, ID: id, User: user, FromFile: units == FileUnits(name), SDNotify: NotifyUnit}
		if c, _ := LoadConfig(name, user); c != nil && r.FromFile && c.NotifyContainer {
			r.SDNotify = NotifyContainer
		}
	}
	err = StartFailure(ctx, m, &Started{Record: r, Dir: d}, jobErr)
	if err != nil || r.SDNotify != NotifyContainer {
		return err
	}
	// It ran. Whether it was ready, only its state tells.
	if st, err := m.State(ctx, units.Service); err == nil && st.ActiveState == "active" {
		return nil
	}
	return fmt.Errorf("container %s: it ended before READY=1 (%s -u %s)", name, r.journalctl(), units.Service)
}
