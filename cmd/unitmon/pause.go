package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/unit"
)

const pauseLong = `Stop all processes of containers where they are, by the runtime: the control group's freezer, for runc and crun.
The unit stays active; beside it the unit unitmon-pause@NAME.service is active until the container goes on:
by unitmon resume, or when the container is stopped, which resumes it first, by unitmon stop and systemctl
stop alike. A container that is killed meanwhile ends at once. One that is restarted is not paused again.`

func newPause() *cobra.Command {
	cmd := onEach("pause", "Stop the processes of containers where they are", func(ctx context.Context, m *unit.Conn, name string) error {
		if err := allowed(ctx, m, name, lifecycle.OpPause); err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return err
		}
		return container.Pause(ctx, m, name, self)
	})
	cmd.Long = pauseLong
	return cmd
}

func newResume() *cobra.Command {
	return onEach("resume", "Let paused containers go on", func(ctx context.Context, m *unit.Conn, name string) error {
		if err := allowed(ctx, m, name, lifecycle.OpResume); err != nil {
			return err
		}
		return container.Resume(ctx, m, name)
	})
}

// allowed asks a container's runtime for its state, and returns why an operation is
// not possible in it.
func allowed(ctx context.Context, m *unit.Conn, name string, op lifecycle.Op) error {
	c, err := container.OpenRuntime(ctx, m, name)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.State().Check(op); err != nil {
		return &lifecycle.NotAllowed{Name: name, State: c.State(), Op: op}
	}
	return nil
}

// The commands below are run by the manager, in a pause unit.

func newFreeze() *cobra.Command {
	return newInside("freeze", func(ctx context.Context, c insideOf) error { return container.Freeze(ctx, c.dir) })
}

func newThaw() *cobra.Command {
	return newInside("thaw", func(ctx context.Context, c insideOf) error { return container.Thaw(ctx, c.dir) })
}

// newRuns is the hidden command "runs NAME INVOCATION": exit code 1 says no, which
// to ExecCondition= is no failure (systemd.service(5)).
func newRuns() *cobra.Command {
	var user bool
	return userFlag(&cobra.Command{
		Use: "runs NAME INVOCATION", Hidden: true, Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := dial(cmd.Context(), user)
			if err != nil {
				return err
			}
			defer func() { _ = m.Close() }()
			runs, err := container.Runs(cmd.Context(), m, args[0], args[1])
			if err == nil && !runs {
				return codeError{code: 1}
			}
			return err
		},
	}, &user)
}
