package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const restartLong = `Stop containers as unitmon stop does, and start them again: the same container, with the same ID and logs, by
the same unit. One that has ended (--keep, or configured) is started. The command ends when they are started;
if one cannot be, with the reason and the exit code that unitmon run would have.`

func newRestart() *cobra.Command {
	cmd := onEach("restart", "Stop containers and start them again", func(ctx context.Context, m *unit.Conn, name string) error {
		return startError(container.Restart(ctx, m, name))
	})
	cmd.Long = restartLong
	return cmd
}
