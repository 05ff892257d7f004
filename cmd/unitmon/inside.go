package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/oci"
)

// The commands of this file are run by the manager, as ExecStart=,
// ExecStartPost= and ExecStopPost= of a container unit.

func newLaunch() *cobra.Command {
	return newInside("launch", func(ctx context.Context, d container.Dir) error {
		err := container.Launch(ctx, d)
		var gone *container.ExitError
		if !errors.As(err, &gone) {
			return err
		}
		if gone.Status.Signaled() {
			return diedError(gone.Status.Signal())
		}
		return codeError{gone.Status.ExitStatus(), nil}
	})
}

func newBegin() *cobra.Command { return newInside("begin", container.Begin) }

func newReap() *cobra.Command {
	return newInside("reap", func(ctx context.Context, d container.Dir) error {
		return container.Reap(ctx, d, container.ExitFromEnv())
	})
}

// newInside is a hidden command VERB [--user-manager] NAME.
func newInside(verb string, run func(context.Context, container.Dir) error) *cobra.Command {
	var user bool
	cmd := &cobra.Command{
		Use: verb + " NAME", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := container.CheckName(args[0]); err != nil {
				return err
			}
			d, err := container.DirOf(args[0], user)
			if err != nil {
				return err
			}
			return inside(args[0], run(cmd.Context(), d))
		},
	}
	cmd.Flags().BoolVar(&user, "user-manager", false, "")
	return cmd
}

// inside names the container in an error and gives it the exit code that
// belongs to it.
func inside(name string, err error) error {
	var code codeError
	var died diedError
	if err == nil || errors.As(err, &code) || errors.As(err, &died) {
		return err
	}
	exit := exitError
	var rt *oci.Error
	if errors.As(err, &rt) {
		exit = rt.ExitCode()
	}
	return codeError{exit, fmt.Errorf("container %s: %w", name, err)}
}
