package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

// Exit codes of "unitmon status", those of systemctl(1).
const (
	statusStopped = 3
	statusNone    = 4
)

const statusLong = `Show how containers are: their units, processes, exits, logs and relays, and the last lines of their
output. Without NAME, how many there are, and those that need somebody's attention.

The exit code is as systemctl's: 0 if all run, 3 if one does not run, 4 if there is none of a name.`

// statusOptions are the options of "unitmon status".
type statusOptions struct {
	user, json, quiet, noLogs bool
	lines                     int
}

func newStatus() *cobra.Command {
	o := new(statusOptions)
	cmd := jsonFlag(userFlag(&cobra.Command{
		Use: "status [options] [NAME...]", Short: "Show how containers are", Long: statusLong,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}, &o.user), &o.json)
	f := cmd.Flags()
	f.BoolVarP(&o.quiet, "quiet", "q", false, "only the exit code")
	f.IntVarP(&o.lines, "lines", "n", 10, "show the last `N` lines of output")
	f.BoolVar(&o.noLogs, "no-logs", false, "as --lines 0")
	return cmd
}

func (o *statusOptions) run(ctx context.Context, args []string) error {
	if o.noLogs || o.json || o.quiet {
		o.lines = 0
	}
	if o.lines < 0 {
		return fmt.Errorf("lines %d: it is negative", o.lines)
	}
	m, err := dialReader(ctx, o.user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	if len(args) == 0 {
		return o.overview(ctx, m)
	}
	worst := codeError{}
	list := make([]*container.Status, 0, len(args))
	for _, name := range args {
		s, err := container.Ask(ctx, m, name)
		if err != nil {
			worst = codeError{max(worst.code, failureCode(err)), errors.Join(worst.err, hint(err, o.user))}
			continue
		}
		if list = append(list, s); s.ActiveState != "active" {
			worst.code = max(worst.code, statusStopped)
		}
	}
	if err := o.show(ctx, list); err != nil {
		return errors.Join(err, worst.err)
	}
	if worst.code == 0 {
		return nil
	}
	return worst
}

// failureCode is the exit code for a container that could not be asked about.
func failureCode(err error) int {
	if errors.Is(err, container.ErrNoContainer) {
		return statusNone
	}
	return exitError
}

// show shows what was found out.
func (o *statusOptions) show(ctx context.Context, list []*container.Status) error {
	out := ui.Stdout()
	if o.json {
		return ui.JSON(out.W, list)
	}
	if o.quiet {
		return nil
	}
	for i, s := range list {
		if i > 0 {
			fmt.Fprintln(out.W)
		}
		if err := describe(out, s); err != nil {
			return err
		}
		if err := o.tail(ctx, s); err != nil {
			fmt.Fprintln(os.Stderr, "unitmon:", oneLine(err))
		}
	}
	return nil
}

// tail shows the last lines of a container's output, as "unitmon logs" does, but
// so that they change nothing of what stands around them.
func (o *statusOptions) tail(ctx context.Context, s *container.Status) error {
	if o.lines == 0 || s.Record == nil || !logged(s.Record) {
		return nil
	}
	fmt.Println()
	logs := logsOptions{user: o.user, name: s.Name, tail: o.lines, merged: true, timestamps: true}
	return logs.run(ctx)
}

// logged reports whether there is a log to show.
func logged(r *container.Record) bool {
	_, err := source(r)
	return err == nil
}
