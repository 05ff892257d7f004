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

// With --configured the container is one of unitmon@.service: launch reads its
// directory first, and reap has nothing to do where launch could not.

func newLaunch() *cobra.Command {
	return newInside("launch", func(ctx context.Context, c insideOf) error {
		var err error
		if c.configured {
			err = container.LaunchConfigured(ctx, c.name, c.user)
		} else {
			err = container.Launch(ctx, c.dir)
		}
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

func newBegin() *cobra.Command {
	return newInside("begin", func(ctx context.Context, c insideOf) error { return container.Begin(ctx, c.dir) })
}

func newReap() *cobra.Command {
	return newInside("reap", func(ctx context.Context, c insideOf) error {
		err := container.Reap(ctx, c.dir, container.ExitFromEnv())
		if c.configured && errors.Is(err, container.ErrNoContainer) {
			return nil
		}
		return err
	})
}

// insideOf is the container of whose unit this process is.
type insideOf struct {
	name             string
	user, configured bool
	dir              container.Dir
}

// newInside is a hidden command VERB [--user-manager] [--configured] NAME.
func newInside(verb string, run func(context.Context, insideOf) error) *cobra.Command {
	var c insideOf
	cmd := &cobra.Command{
		Use: verb + " NAME", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c.name = args[0]
			if err := container.CheckName(c.name); err != nil {
				return err
			}
			if c.dir, err = container.DirOf(c.name, c.user); err != nil {
				return err
			}
			return inside(c.name, run(cmd.Context(), c))
		},
	}
	cmd.Flags().BoolVar(&c.user, "user-manager", false, "")
	cmd.Flags().BoolVar(&c.configured, "configured", false, "")
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
