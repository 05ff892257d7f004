// Package manager shows that a container unit is what systemd's own tools say
// it is: what systemctl, journalctl and the manager do to it has its usual
// meaning, and what is done to them does not reach it.
package manager

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// script is the command line of "unitmon run": options, name, and a shell
// script as the container's init.
func script(name, text string, options ...string) []string {
	return append(options, name, "--", "/bin/sh", "-c", text)
}

// fresh is a name that no earlier container of the box had, for tests that ask
// the journal by name.
func fresh(name string) string { return name + "-" + strings.ToLower(rand.Text()[:8]) }

// service is the unit of a container.
func service(name string) string { return "unitmon-" + name + ".service" }

// foreground runs a container to its end.
func foreground(t *testing.T, name, text string, options ...string) kit.Result {
	t.Helper()
	t.Cleanup(func() { kit.Purge(t, name) })
	return kit.Unitmon(t, append([]string{"run"}, script(name, text, options...)...)...)
}

// follow starts a container whose "unitmon run" stays with it.
func follow(t *testing.T, name, text string, options ...string) *kit.Program {
	t.Helper()
	t.Cleanup(func() { kit.Purge(t, name) })
	return kit.Start(t, append([]string{"unitmon", "run"}, script(name, text, options...)...)...)
}

// output is what a container with this ID has written, by the journal.
func output(t *testing.T, id string) string {
	t.Helper()
	kit.Sync(t)
	return strings.Join(kit.Messages(t, "CONTAINER_ID_FULL="+id), "\n")
}

// wantShow compares properties, written as kit.Show writes them.
func wantShow(t *testing.T, unit, want string, props ...string) {
	t.Helper()
	if got := kit.Show(t, unit, props...); got != want {
		t.Errorf("%s: %s, want %s", unit, got, want)
	}
}

// wantEnd compares how a unit's main process and the unit itself have ended.
func wantEnd(t *testing.T, unit, want string) {
	t.Helper()
	kit.Await(t, unit, "SubState=failed", "SubState")
	wantShow(t, unit, want, "Result", "ExecMainCode", "ExecMainStatus")
}
