package unitbus

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// dial returns a connection to the system manager that the test closes.
func dial(t *testing.T) *unit.Conn {
	t.Helper()
	c, err := unit.Dial(t.Context(), unit.System)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var counter atomic.Int64

// name returns a unit name that no other test has.
func name(t *testing.T, kind string) string {
	base := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, t.Name())
	return fmt.Sprintf("%.80s-%d-%d.%s", base, os.Getpid(), counter.Add(1), kind)
}

// shell is a service that runs a script.
func shell(t *testing.T, script string, props ...unit.Property) unit.Spec {
	return unit.Spec{Name: name(t, "service"), Properties: append([]unit.Property{
		{Name: "CollectMode", Value: "inactive-or-failed"},
		{Name: "ExecStart", Value: []unit.Exec{{Path: "/bin/sh", Args: []string{"sh", "-c", script}}}},
	}, props...)}
}

// start starts a unit and waits for its job; the unit is stopped at the end.
func start(t *testing.T, c *unit.Conn, s unit.Spec, aux ...unit.Spec) {
	t.Helper()
	j, err := c.Start(t.Context(), s, aux...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command(t, "systemctl", "stop", s.Name) })
	if res, err := j.Wait(t.Context()); res != unit.JobDone || err != nil {
		t.Fatalf("start %s: %q, %v", s.Name, res, err)
	}
}

// command runs a program and returns what it printed; it does not fail.
func command(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		var ee *exec.ExitError
		if !errors.As(err, &ee) {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "[%v]", err)
	}
	return strings.TrimSpace(out.String())
}

// until reads states until one satisfies ok, and returns it.
func until(t *testing.T, w *unit.Watch, ok func(unit.State) bool) unit.State {
	t.Helper()
	for {
		s, err := w.Next(t.Context())
		if err != nil {
			t.Fatalf("watch: %v", err)
		}
		if ok(s) {
			return s
		}
	}
}
