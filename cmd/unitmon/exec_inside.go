package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
)

// newExecSession is the ExecStart= process of a detached session's service.
func newExecSession() *cobra.Command {
	return newInSession("exec-session", func(ctx context.Context, d container.Dir, id string) error {
		status, err := container.ServeSession(ctx, d, id)
		switch {
		case err != nil:
			return err
		case status.Signaled():
			return diedError(status.Signal())
		}
		return exitAs(status.ExitStatus())
	})
}

// newExecEnd is what the manager runs at the end of a session's units.
func newExecEnd() *cobra.Command {
	return newInSession("exec-end", func(ctx context.Context, d container.Dir, id string) error {
		return container.EndSession(ctx, d, id, container.ExitFromEnv())
	})
}

// newInSession is a hidden command VERB [--user-manager] NAME SESSION.
func newInSession(verb string, run func(ctx context.Context, d container.Dir, id string) error) *cobra.Command {
	session := ""
	cmd := newInside(verb, func(ctx context.Context, c insideOf) error { return run(ctx, c.dir, session) })
	one := cmd.RunE
	cmd.Use, cmd.Args = verb+" NAME SESSION", func(_ *cobra.Command, args []string) error {
		if len(args) != 2 {
			return errors.New(verb + ": it takes NAME SESSION")
		}
		session = args[1]
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return one(cmd, args[:1]) }
	return cmd
}
