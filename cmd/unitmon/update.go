package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const updateLong = `Change limits of a running container: KEY=VALUE as in systemd.resource-control(5) and after systemctl
set-property, such as MemoryMax=200M, CPUQuota=50%, TasksMax=100 or IOWeight=50. All are changed or none.

They belong to the unit, in whose control group the runtime has made the container's: so the manager shows and
keeps them, and the runtime's own limits, of the bundle's config.json, stay as they are below them. The lower of
two counts.

A change lasts until the container is gone; it outlives restarts. --permanent is for configured containers: the
change is kept as a drop-in of the unit and is there again after a reboot.`

func newUpdate() *cobra.Command {
	var user, permanent bool
	cmd := userFlag(&cobra.Command{
		Use: "update [options] NAME KEY=VALUE...", Short: "Change limits of a running container", Long: updateLong, Args: names(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			return update(cmd.Context(), user, permanent, args[0], args[1:])
		},
	}, &user)
	cmd.Flags().BoolVar(&permanent, "permanent", false, "keep the change over a reboot, of a configured container")
	return cmd
}

func update(ctx context.Context, user, permanent bool, name string, settings []string) error {
	m, err := dial(ctx, user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	notes, err := container.Update(ctx, m, name, !permanent, settings)
	for _, note := range notes {
		fmt.Fprintln(os.Stderr, "unitmon: note:", note)
	}
	return hint(err, m.Manager() == unit.User)
}
