package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// userFlag adds --user-manager to a command.
func userFlag(cmd *cobra.Command, user *bool) *cobra.Command {
	cmd.Flags().BoolVar(user, "user-manager", false, "use the caller's own service manager")
	return cmd
}

func newPS() *cobra.Command {
	var user bool
	return userFlag(&cobra.Command{
		Use: "ps", Short: "List the containers", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := dial(cmd.Context(), user)
			if err != nil {
				return err
			}
			defer func() { _ = m.Close() }()
			return ps(cmd.Context(), m)
		},
	}, &user)
}

// ps prints what the manager says about every container unit.
func ps(ctx context.Context, m *unit.Conn) error {
	list, err := container.List(ctx, m)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b container.Info) int { return cmp.Compare(a.Name, b.Name) })
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tUNIT\tSTATE\tPID\tEXIT\tRESTARTS\tSINCE")
	for _, c := range list {
		fmt.Fprintf(w, "%s\t%s\t%s (%s)\t%s\t%s\t%d\t%s\n", c.Name, c.State.Name, c.State.ActiveState, c.State.SubState,
			orDash(c.State.MainPID), c.Exit(), c.State.NRestarts, since(c.State))
	}
	return w.Flush()
}

func orDash(pid int) string {
	if pid == 0 {
		return "-"
	}
	return fmt.Sprint(pid)
}

// since is when the unit came into its state.
func since(s unit.State) string {
	t := s.ActiveEnter
	if s.InactiveEnter.After(t) && s.ActiveState != "active" {
		t = s.InactiveEnter
	}
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateTime)
}
