package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// userFlag adds --user-manager to a command.
func userFlag(cmd *cobra.Command, user *bool) *cobra.Command {
	cmd.Flags().BoolVar(user, "user-manager", false, "use the caller's own service manager")
	return cmd
}

// jsonFlag adds --json to a command.
func jsonFlag(cmd *cobra.Command, json *bool) *cobra.Command {
	cmd.Flags().BoolVar(json, "json", false, "write JSON, as docs/json.md describes it")
	return cmd
}

// psOptions are the options of "unitmon ps".
type psOptions struct{ user, json, all, quiet bool }

const psLong = `List the containers that run or are about to, with --all those too that have ended and are kept, and
those that are configured and do not run. All of it is what the manager says now.

RELAY is none (it starts when there is output), working, resident (it stays as long as the container),
restarting or failed. LOST counts lines that were dropped because the log policy allows it. UNIT, SOURCE and
RESTARTS are left out, in this order, where a terminal has no room for them; unitmon-status(1) has them.`

func newPS() *cobra.Command {
	o := new(psOptions)
	cmd := jsonFlag(userFlag(&cobra.Command{
		Use: "ps [options]", Short: "List the containers", Long: psLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}, &o.user), &o.json)
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "also those that do not run")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "names only")
	return cmd
}

func (o *psOptions) run(cmd *cobra.Command) error {
	m, err := dialReader(cmd.Context(), o.user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	list, err := container.List(cmd.Context(), m, o.all)
	if err != nil {
		return err
	}
	out := ui.Stdout()
	if o.json {
		return ui.JSON(out.W, append([]container.Info{}, list...))
	}
	t := psTable()
	now := time.Now()
	for _, c := range list {
		t.Add(psRow(&c, now)...)
	}
	return t.Write(out, o.quiet)
}

// dialReader is dial for a command that asks much and changes nothing.
func dialReader(ctx context.Context, user bool) (*unit.Conn, error) {
	kind := unit.System
	if user {
		kind = unit.User
	}
	m, err := unit.DialPrivate(ctx, kind)
	return m, hint(err, user)
}

func psTable() *ui.Table {
	return &ui.Table{Columns: []ui.Column{
		{Head: "NAME"},
		{Head: "UNIT", Spare: 1}, // by its name everybody knows it
		{Head: "STATE", State: true},
		{Head: "SINCE"},
		{Head: "PID", Right: true},
		{Head: "EXIT"},
		{Head: "RESTARTS", Right: true, Spare: 3},
		{Head: "SOURCE", Cut: true, Spare: 2},
		{Head: "RELAY"},
		{Head: "LOST", Right: true},
	}}
}

// psRow is a row of psTable.
func psRow(c *container.Info, now time.Time) []string {
	return []string{
		c.Name, c.Unit, c.State(), ui.Ago(c.Since, now), dashed(c.PID), c.Exit(), strconv.Itoa(c.Restarts),
		orDash(c.Source), c.Relay, lines(c.LostLines),
	}
}

// dashed is a number, or a dash for 0, which no process has.
func dashed(pid int) string {
	if pid == 0 {
		return ui.Dash
	}
	return strconv.Itoa(pid)
}

func orDash(s string) string {
	if s == "" {
		return ui.Dash
	}
	return s
}

// lines is a count that may be unknown.
func lines(n *uint64) string {
	if n == nil {
		return ui.Dash
	}
	return fmt.Sprint(*n)
}
