package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

// describe writes what people want to know of a container.
func describe(out ui.Out, s *container.Status) error {
	var b strings.Builder
	row := func(head, format string, args ...any) {
		fmt.Fprintf(&b, "%12s: %s\n", head, ui.Clean(fmt.Sprintf(format, args...)))
	}
	fmt.Fprintf(&b, "%s - container %s\n", s.Name, orDash(s.ID))
	fmt.Fprintf(&b, "%12s: %s%s\n", "State", out.State(s.Info.State()), since(s.Since))
	row("Unit", "%s", s.Unit)
	if text := s.StatusText; text != "" {
		row("Status", "%s", text)
	}
	if s.Runtime != "" {
		row("Runtime", "%s, state %s", s.Runtime, orUnknown(s.State))
		row("Source", "%s", orDash(s.Source))
	}
	if s.PID != 0 {
		row("Main PID", "%d, of %d processes in %s", s.PID, len(s.Processes), s.Cgroup)
	}
	for _, p := range s.Processes {
		row("", "%d %s", p.PID, p.Command)
	}
	if s.ExitCode != nil {
		row("Exit", "%s (%s)", s.Exit(), s.Result)
	}
	row("Restarts", "%d", s.Restarts)
	describeOutput(row, s)
	_, err := io.WriteString(out.W, b.String())
	return err
}

// describeOutput says where the output goes and how those are who move it.
func describeOutput(row func(head, format string, args ...any), s *container.Status) {
	if s.Record == nil {
		return
	}
	row("Logs", "%s", logNames(s.Record))
	if s.Stdio == container.StdioJournal {
		return
	}
	relay := s.Info.Relay
	if s.RelayUnit.PID != 0 {
		relay += fmt.Sprintf(", PID %d", s.RelayUnit.PID)
	}
	row("Relay", "%s, %s lost lines, %s dropped clients", relay, lines(s.LostLines), lines(s.DroppedClients))
	if text := s.RelayUnit.StatusText; text != "" {
		row("", "%s", text)
	}
	row("Socket", "%s %s (%s)%s", s.SocketUnit.Unit, s.SocketUnit.ActiveState, s.SocketUnit.SubState, trouble(s.SocketUnit.Result))
	row("Attach", "unitmon attach %s, or %s", s.Name, s.AttachSocket)
}

// trouble is a unit's result, if it is not success.
func trouble(result string) string {
	if result == "" || result == "success" {
		return ""
	}
	return ": " + result
}

// logNames are the logs of a container.
func logNames(r *container.Record) string {
	var names []string
	for _, l := range r.Logs {
		names = append(names, strings.TrimSuffix(l.Driver+" "+l.Path, " "))
	}
	if r.Stdio == container.StdioJournal {
		return "journal, straight from the container"
	}
	return strings.Join(names, ", ")
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// since is a time for people: when, and how long ago; empty for never.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " since " + t.Format(time.DateTime) + ", " + ui.Ago(t, time.Now())
}
