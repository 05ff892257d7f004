package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/unit"
)

// onEach is a command that does one thing to each container it is given. It
// tries all of them and fails if one failed.
func onEach(use, short string, do func(ctx context.Context, m *unit.Conn, name string) error) *cobra.Command {
	var user bool
	return userFlag(&cobra.Command{
		Use: use + " NAME...", Short: short, Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := dial(cmd.Context(), user)
			if err != nil {
				return err
			}
			defer func() { _ = m.Close() }()
			for _, name := range args {
				done := ui.Progress(cmd.Context(), os.Stderr, use+" "+name+" …")
				failed := do(cmd.Context(), m, name)
				done()
				err = errors.Join(err, hint(failed, user))
			}
			return err
		},
	}, &user)
}

func newStop() *cobra.Command {
	return onEach("stop", "Stop containers: the stop signal, then SIGKILL after the stop timeout", container.Stop)
}

func newRm() *cobra.Command {
	return onEach("rm", "Remove the units of ended containers", container.RemoveEnded)
}

func newKill() *cobra.Command {
	var name string
	cmd := onEach("kill", "Send a signal to the init of containers", func(ctx context.Context, m *unit.Conn, container string) error {
		sig, ok := sys.ParseSignal(name)
		if !ok {
			return fmt.Errorf("signal %q: there is no such signal", name)
		}
		return kill(ctx, m, container, sig)
	})
	cmd.Flags().StringVarP(&name, "signal", "s", "KILL", "`SIGNAL`, by name or number")
	return cmd
}

func kill(ctx context.Context, m *unit.Conn, name string, sig int) error {
	units, err := container.Find(ctx, m, name)
	if err != nil {
		return err
	}
	if err := m.Kill(ctx, units.Service, "main", sig); err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	return nil
}
