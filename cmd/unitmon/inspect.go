package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

const inspectLong = `Write all that is known about containers as JSON, an array as docs/json.md describes it: their units,
processes, settings, record, paths, and what the runtime says.`

func newInspect() *cobra.Command {
	var user bool
	cmd := userFlag(&cobra.Command{
		Use: "inspect NAME...", Short: "Write all that is known about containers, as JSON", Long: inspectLong, Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error { return inspect(cmd.Context(), user, args) },
	}, &user)
	cmd.Flags().Bool("json", true, "as it does always: here because other commands have it")
	return cmd
}

func inspect(ctx context.Context, user bool, names []string) error {
	m, err := dialReader(ctx, user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	list := make([]*container.Inspection, 0, len(names))
	var failed error
	for _, name := range names {
		i, err := container.Inspect(ctx, m, name)
		if err != nil {
			failed = errors.Join(failed, hint(err, user))
			continue
		}
		list = append(list, i)
	}
	return errors.Join(ui.JSON(ui.Stdout().W, list), failed)
}
