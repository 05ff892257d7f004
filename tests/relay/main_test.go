// Package relay shows that a container's output outlives whatever happens to
// its relay and to those that take the output from it: no byte is lost, in the
// log file none comes twice, and the exit is true.
//
// Variables of the environment, all optional:
//
//   - UNITMON_LINES: lines that TestKilled writes, default 120000.
//   - UNITMON_KILLS: how often it and TestKilled_Terminal kill the relay,
//     default 16.
//   - UNITMON_PAUSE: for how long journald is stopped and the disk is full, in
//     seconds, default 2.
package relay

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// knob is a positive number from the environment.
func knob(t *testing.T, name string, standard int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: not a number above 0", name, text)
	}
	return n
}

// deadline is a context that ends a moment before the test program's own time
// does, so that a wait in vain is reported.
func deadline(t *testing.T) context.Context {
	t.Helper()
	at, ok := t.Deadline()
	if !ok {
		at = time.Now().Add(time.Hour)
	}
	ctx, cancel := context.WithDeadline(context.Background(), at.Add(-10*time.Second))
	t.Cleanup(cancel)
	return ctx
}

// pause lets time pass in which something must not happen: ch tells if it does.
func pause(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	timer := time.NewTimer(time.Duration(knob(t, "UNITMON_PAUSE", 2)) * time.Second)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ch:
		t.Errorf("%s", what)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
