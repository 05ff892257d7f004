// Package exec shows "unitmon exec" end to end, on a real systemd, journald and
// runc: that a session is as good as a process of the container's own, and that
// nothing of it outlives what it belongs to.
package exec

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == kit.FollowVerb {
		os.Exit(kit.Follow())
	}
	box.Main(m, box.Options{User: "alice", Journal: true, Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// start starts a container of runc's that only waits, and checks at the test's
// end that no session of it is left.
func start(t *testing.T, name string, options ...string) (id string) {
	t.Helper()
	args := append([]string{"--runtime", "runc", "--stop-timeout", "1s"}, options...)
	id = kit.Detach(t, name, append(args, name, "--", "sh", "-c", "echo up; trap 'exit 0' TERM; while :; do sleep 1000 >/dev/null 2>&1 & wait; done")...)
	t.Cleanup(func() { sessionsGone(t, name) })
	return id
}

// run runs a command in a container.
func run(t *testing.T, name string, command ...string) kit.Result {
	t.Helper()
	return kit.Unitmon(t, append([]string{"exec", name, "--"}, command...)...)
}

// begin runs a command in a container that says "up" when it runs.
func begin(t *testing.T, name, script string) *kit.Program {
	t.Helper()
	p := kit.Start(t, "unitmon", "exec", name, "--", "sh", "-c", script)
	p.Await(t, "up")
	return p
}

// sessions are the IDs of all sessions that ever began in a container.
func sessions(t *testing.T, name string) []string {
	t.Helper()
	kit.OK(t, "journalctl", "--sync")
	var ids []string
	for _, e := range kit.Entries(t, "UNITMON_NAME="+name) {
		if id := e.Get("UNITMON_EXEC_ID"); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// session is the ID of the only session of a container.
func session(t *testing.T, name string) string {
	t.Helper()
	ids := sessions(t, name)
	if len(ids) != 1 {
		t.Fatalf("container %s had the sessions %q, want one", name, ids)
	}
	return ids[0]
}

// units are the units that a session may have.
func units(name, id string) []string {
	base := "unitmon-exec-" + name + "-" + id
	return []string{base + ".scope", base + "-end.service", base + ".service"}
}

// sessionsGone waits until no session of a container has a unit, and checks that
// nothing else of one is left.
func sessionsGone(t *testing.T, name string) {
	t.Helper()
	for _, id := range sessions(t, name) {
		for _, u := range units(name, id) {
			kit.Await(t, u, "LoadState=not-found ActiveState=inactive", "LoadState", "ActiveState")
		}
		if _, err := os.Stat("/run/unitmon/" + name + "/exec/" + id); err == nil {
			t.Errorf("the directory of session %s is left", id)
		}
	}
}

// alive reports whether there is a process with a word in its command line,
// other than the test's own.
func alive(t *testing.T, word string) bool {
	t.Helper()
	return slices.ContainsFunc(kit.Processes(t), func(p kit.Process) bool {
		return slices.ContainsFunc(p.Args, func(a string) bool { return strings.Contains(a, word) })
	})
}

// ends are the entries that record the end of sessions of a container, as
// "EXIT_CODE EXIT_STATUS".
func ends(t *testing.T, name string) []string {
	t.Helper()
	kit.OK(t, "journalctl", "--sync")
	var list []string
	for _, e := range kit.Entries(t, "UNITMON_NAME="+name) {
		if e.Get("UNITMON_EXEC_ID") == "" {
			continue
		}
		if _, ok := e.Lookup("UNITMON_EXIT_CODE"); ok {
			list = append(list, e.Get("UNITMON_EXIT_CODE")+" "+e.Get("UNITMON_EXIT_STATUS"))
		}
	}
	return list
}
