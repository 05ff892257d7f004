package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

// TestPsTable_Terminal: a terminal of the usual size has room for containers with
// usual names, and for what is asked first of one.
func TestPsTable_Terminal(t *testing.T) {
	now := time.Now()
	for _, name := range []string{"web", "webserver-production"} {
		c := container.Info{
			Name: name, Unit: "unitmon-" + name + ".service", LoadState: "loaded", ActiveState: "active", SubState: "running",
			Since: now.Add(-12 * time.Minute), PID: 1234567, Source: "/srv/containers/" + name, Relay: "working",
		}
		table := psTable()
		table.Add(psRow(&c, now)...)
		var b bytes.Buffer
		if err := table.Write(ui.Out{W: &b, Width: 80}, false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(line) - 1; n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
		for _, want := range []string{name + " ", "active (running)", "12 min ago", "1234567", "EXIT", "working", "LOST"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%s", want, b.String())
			}
		}
	}
}
