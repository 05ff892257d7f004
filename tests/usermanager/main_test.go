// Package usermanager tests unitmon with a user's own manager, in a box.
package usermanager

import (
	"os"
	"os/exec"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestMain boots a box with a persistent journal: of a volatile one a user may
// not read even their own entries.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == kit.FollowVerb {
		os.Exit(kit.Follow())
	}
	box.Main(m, box.Options{
		User: "alice", Journal: true,
		Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"},
	})
}

func alice(t *testing.T) kit.User {
	t.Helper()
	return kit.LookupUser(t, "alice")
}

// sh is a command line of a shell.
func sh(script string) []string { return []string{"--", "sh", "-c", script} }

// run is the command line for run with options, a name and a script. The first
// process of a container often does not heed SIGTERM: it is stopped at once.
func run(name, script string, options ...string) []string {
	return append(append(options, "--stop-signal=KILL", name), sh(script)...)
}

// follow calls ok at once and whenever the user's journal gets an entry that
// matches, until ok is satisfied.
func follow(t *testing.T, u kit.User, ok func() bool, matches ...string) {
	t.Helper()
	line := u.As(append([]string{"journalctl", "--user", "--quiet", "--follow", "--lines=all", "--output=cat"}, matches...)...)
	kit.Until(t, exec.CommandContext(kit.Context(t), line[0], line[1:]...), ok)
}
