package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

func newStart() *cobra.Command {
	cmd := onEach("start", "Start containers that are configured or kept", start)
	cmd.Long = `Start the containers that are configured in /etc/unitmon/NAME/ (with --user-manager in
~/.config/unitmon/NAME/), as "systemctl start unitmon@NAME" does, or that have ended and were kept
(unitmon run --keep), and say why one could not be started. One that runs already stays as it is. What
was changed in the directory counts; what was changed in [Unit], [Service] and [Install], after
"systemctl daemon-reload".`
	return cmd
}

func start(ctx context.Context, m *unit.Conn, name string) error {
	return startError(container.Start(ctx, m, name))
}

// startError gives a failed start the exit code that it would have in the
// foreground.
func startError(err error) error {
	var failed *container.StartError
	if errors.As(err, &failed) {
		return codeError{failed.Code, err}
	}
	return err
}
