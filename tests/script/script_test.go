// Package script shows the commands as a person types them: one script per
// command, with its normal use, its bad use and its exit codes.
package script

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// TestScripts runs testdata/*.txtar. A script names its containers after
// itself, because scripts run side by side.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", box.ProgramDir+":/usr/sbin:/usr/bin:/sbin:/bin")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"await": await},
	})
}

// await NAME TEXT waits until a container has written TEXT to the journal.
// journalctl would follow on after that, so it is ended.
func await(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: await NAME TEXT")
	}
	ts.Check(ts.Exec("bash", "-c", `exec 3< <(exec journalctl -q -f -n all CONTAINER_NAME="$0")
		follower=$!; grep -q -m 1 "$1" <&3; found=$?; kill $follower; exit $found`, args[0], args[1]))
}
