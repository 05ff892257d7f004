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

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/unit"
)

// dial returns a connection to the system manager, over the bus, that the test
// closes.
func dial(t *testing.T) *unit.Conn {
	t.Helper()
	for {
		awaitManager(t)
		c, err := unit.Dial(t.Context(), unit.System)
		if err != nil {
			t.Fatal(err)
		}
		if !c.Private() {
			t.Cleanup(func() { c.Close() })
			return c
		}
		// The manager may come to a new bus, leave it and come again, as
		// often as the bus's units change their state.
		c.Close()
	}
}

// awaitManager returns when the manager is on the bus. After a restart of the
// bus it comes back by itself, some time after systemctl restart has returned;
// who dials in between gets the private socket.
func awaitManager(t *testing.T) {
	t.Helper()
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	const manager, changed = "org.freedesktop.systemd1", "org.freedesktop.DBus.NameOwnerChanged"
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	if err := bus.AddMatchSignal(dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchArg(0, manager)); err != nil {
		t.Fatal(err)
	}
	var owned bool
	if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, manager).Store(&owned); err != nil {
		t.Fatal(err)
	}
	for !owned {
		s, ok := <-signals
		if !ok {
			t.Fatal("the bus went away")
		}
		owned = s.Name == changed
	}
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
