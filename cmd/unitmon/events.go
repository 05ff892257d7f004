package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/sys"
)

const eventsLong = `Show what has happened to containers, one line for each event, the oldest first: of those that are named,
or of all. What has happened comes from the journal; with --follow, what happens comes from the service
manager's signals, until the command is interrupted. --since with --follow shows both, each event once.

  start          the unit is active
  exit           the main process has ended: exit code or signal, and the manager's Result
  restart        the manager starts it again (Restart=), and how often it did
  oom            the kernel has killed a process for want of memory (from the journal only)
  pause, resume  by unitmon pause and unitmon resume
  exec-start, exec-exit          a session of unitmon exec
  relay-failed, relay-restart    the relay has failed; it is started again
  lost           a log has not taken lines: how many

A container that ends before its start is complete has an exit and no start, as for the manager. The bus or
the manager may be restarted: what happened meanwhile is taken from the journal. --json prints one object per
line.`

// eventsOptions are those of "unitmon events".
type eventsOptions struct {
	user, follow, json bool
	since              string
	names              []string
}

func newEvents() *cobra.Command {
	o := new(eventsOptions)
	cmd := userFlag(&cobra.Command{
		Use: "events [options] [NAME...]", Short: "Show starts, exits and other events of containers", Long: eventsLong,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			return o.run(cmd.Context())
		},
	}, &o.user)
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "show what happens from now on")
	f.StringVar(&o.since, "since", "", "show what has happened since `TIME`, as of unitmon logs")
	f.BoolVar(&o.json, "json", false, "print one JSON object per line")
	return cmd
}

// run shows the events.
func (o *eventsOptions) run(ctx context.Context) error {
	for _, name := range o.names {
		if err := container.CheckName(name); err != nil {
			return err
		}
	}
	var since time.Time
	if o.since != "" {
		t, ok := parseSince(o.since, time.Now())
		if !ok {
			return fmt.Errorf("since %q: it is no time, such as \"2026-11-21 09:00:00\", -5min or yesterday", o.since)
		}
		since = t
	}
	if !o.follow {
		return container.PastEvents(ctx, o.user, since, o.show)
	}
	m, err := dial(ctx, o.user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	return container.WatchEvents(ctx, m, since, o.show)
}

// show prints an event, if its container is wanted.
func (o *eventsOptions) show(e container.Event) error {
	if len(o.names) > 0 && !slices.Contains(o.names, e.Name) {
		return nil
	}
	out := ui.Stdout()
	if o.json {
		e.Time = e.Time.UTC()
		return ui.JSONLine(out.W, e)
	}
	_, err := fmt.Fprintln(out.W, eventLine(e))
	return err
}

// eventLine is an event for people.
func eventLine(e container.Event) string {
	words := []string{e.Time.Format("2006-01-02 15:04:05.000"), e.Name, string(e.Type)}
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if e.Session != "" {
		add("session %s", e.Session)
	}
	switch {
	case e.Signal != 0:
		add("signal %s", sys.SignalName(e.Signal))
	case e.Code != nil:
		add("code %d", *e.Code)
	}
	if e.Result != "" {
		add("(%s)", e.Result)
	}
	if e.Count > 0 {
		add("number %d", e.Count)
	}
	if e.PID != 0 {
		add("pid %d", e.PID)
	}
	line := strings.Join(words, " ")
	if e.Message != "" {
		line += ": " + ui.Clean(e.Message)
	}
	return line
}
