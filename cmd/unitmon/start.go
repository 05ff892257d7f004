package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

func newStart() *cobra.Command {
	cmd := onEach("start", "Start configured containers", start)
	cmd.Long = `Start the containers that are configured in /etc/unitmon/NAME/ (with --user-manager in
~/.config/unitmon/NAME/), as "systemctl start unitmon@NAME" does, and say why one could not be
started. What was changed there counts; what was changed in [Unit], [Service] and [Install], after
"systemctl daemon-reload".`
	return cmd
}

func start(ctx context.Context, m *unit.Conn, name string) error {
	err := container.StartConfigured(ctx, m, name)
	var failed *container.StartError
	if errors.As(err, &failed) {
		return codeError{failed.Code, err}
	}
	return err
}
