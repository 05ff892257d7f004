package usermanager

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestNotHere is what a user's own manager does not have: each is refused in
// one line that names it.
func TestNotHere(t *testing.T) {
	u := alice(t)
	for _, c := range []struct {
		options []string
		want    string
	}{
		{[]string{"-u", "1"}, "user 1:1: a rootless container has only 0:0, the caller"},
		{[]string{"-u", "nobody"}, "user 65534:65534: a rootless container has only 0:0, the caller"},
		{[]string{"-p", "LogExtraFields=A=B"}, "property LogExtraFields: it is for the system manager only"},
		{[]string{"-p", "LogRateLimitIntervalSec=1"}, "property LogRateLimitIntervalSec: it is for the system manager only"},
		{[]string{"-p", "LogRateLimitBurst=1"}, "property LogRateLimitBurst: it is for the system manager only"},
		{[]string{"-p", "LogNamespace=x"}, "property LogNamespace: it is for the system manager only"},
		{[]string{"-p", "User=root"}, "property User: it is for the system manager only"},
		{[]string{"-p", "DynamicUser=yes"}, "property DynamicUser: it is for the system manager only"},
	} {
		got := u.Unitmon(t, "run", run("no", "true", c.options...)...)
		if want := (kit.Result{Stderr: "unitmon: " + c.want + "\n", Code: 125}); got != want {
			t.Errorf("%s: got %+v, want %+v", c.options, got, want)
		}
	}
	u.NothingLeft(t, "no")
	rootClean(t, u)
}

// TestStdioJournal: without LogExtraFields= the lines have no fields of the
// container's, which is said.
func TestStdioJournal(t *testing.T) {
	u := alice(t)
	const note = "unitmon: note: a user manager has no LogExtraFields=: the output has no CONTAINER_ fields, see journalctl --user -u unitmon-direct.service\n"
	got := u.Unitmon(t, "run", run("direct", "exit 7", "--stdio=journal")...)
	if want := (kit.Result{Stderr: note, Code: 7}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// The container stays: of one that is gone journald may not find the unit
	// any more, and a user cannot make it read in time.
	t.Cleanup(func() { u.Purge(t, "direct") })
	got = u.Unitmon(t, "run", append([]string{"-d"}, run("direct", "echo straight; exec sleep infinity", "--stdio=journal")...)...)
	if got.Code != 0 || got.Stderr != note {
		t.Errorf("got %+v, want the note", got)
	}
	follow(t, u, func() bool {
		return strings.Contains(strings.Join(u.Messages(t, "-u", "unitmon-direct.service"), "\n")+"\n", "straight\n")
	}, "-u", "unitmon-direct.service")
	if got := u.Unitmon(t, "kill", "direct"); got.Code != 0 {
		t.Errorf("kill: %+v", got)
	}
	u.NothingLeft(t, "direct")
}

// TestDelegation: the io controller is not among those that user@.service
// delegates.
func TestDelegation(t *testing.T) {
	u := alice(t)
	got := u.Unitmon(t, "run", run("limited", "echo hi", "-p", "IOWeight=50")...)
	const note = "unitmon: note: property IOWeight has no effect: the io controller is not delegated to the user manager\n"
	if want := (kit.Result{Stdout: "hi\n", Stderr: note}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	u.NothingLeft(t, "limited")
}

// TestSystemManager: who forgets --user-manager is reminded of it.
func TestSystemManager(t *testing.T) {
	u := alice(t)
	for _, args := range [][]string{
		{"run", "mine", "--", "true"},
		{"run", "-d", "mine", "--", "true"},
	} {
		got := u.Run(t, append([]string{"unitmon"}, args...)...)
		if got.Code != 125 || got.Stdout != "" || strings.Count(got.Stderr, "\n") != 1 ||
			!strings.Contains(got.Stderr, "permission denied (as an ordinary user: --user-manager)") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	kit.NothingLeft(t, "mine")
}

// TestNoManager: without $XDG_RUNTIME_DIR there is no way to the manager.
func TestNoManager(t *testing.T) {
	u := alice(t)
	line := u.As("env", "-u", "XDG_RUNTIME_DIR", "-u", "DBUS_SESSION_BUS_ADDRESS", "unitmon", "run", "--user-manager", "lost", "--", "true")
	got := kit.Run(t, line...)
	const want = "unitmon: no systemd manager: user manager: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set\n"
	if got != (kit.Result{Stderr: want, Code: 125}) {
		t.Errorf("%+v", got)
	}
}
