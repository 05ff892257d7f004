package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const restartLong = `Stop containers as unitmon stop does, and start them again: the same container, with the same ID and logs, by
the same unit. One that has ended (--keep, or configured) is started. The command ends when they are started;
if one cannot be, with the reason and the exit code that unitmon run would have.`

func newRestart() *cobra.Command {
	cmd := onEach("restart", "Stop containers and start them again", restart)
	cmd.Long = restartLong
	return cmd
}

// restart restarts one container.
func restart(ctx context.Context, m *unit.Conn, name string) error {
	units, err := container.Find(ctx, m, name)
	if err != nil {
		return err
	}
	if !m.Private() { // what a failed start leaves must stay readable
		if err := m.Ref(ctx, units.Service); err != nil {
			return fmt.Errorf("container %s: %w", name, err)
		}
		defer func() { _ = container.Release(ctx, m, units.Service) }()
	}
	job, err := m.RestartUnit(ctx, units.Service)
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	if _, err = job.Wait(ctx); err == nil {
		return nil
	}
	return startFailure(ctx, m, name, err)
}

// startFailure is why a start job has failed, or nil if the container ran and has
// ended.
func startFailure(ctx context.Context, m *unit.Conn, name string, jobErr error) error {
	d, err := container.DirOf(name, m.Manager() == unit.User)
	if err != nil {
		return err
	}
	r, err := container.ReadRecord(d)
	if err != nil {
		return fmt.Errorf("container %s: %w", name, jobErr)
	}
	err = container.StartFailure(ctx, m, &container.Started{Record: r, Dir: d}, jobErr)
	var start *container.StartError
	if errors.As(err, &start) {
		return codeError{start.Code, err}
	}
	return err
}
