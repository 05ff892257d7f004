package container

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

func TestInfo(t *testing.T) {
	for _, tc := range []struct {
		i                   Info
		code, status        int
		state, exit         string
		wantCode, wantSigna int
	}{
		{Info{LoadState: "loaded", ActiveState: "active", SubState: "running"}, 0, 0, "active (running)", "-", -1, 0},
		{Info{LoadState: "loaded", ActiveState: "active", SubState: "running", Paused: true}, 0, 0, "active (running), paused", "-", -1, 0},
		{Info{LoadState: "loaded", ActiveState: "failed", SubState: "failed"}, cldExited, 3, "failed (failed)", "3", 3, 0},
		{Info{LoadState: "loaded", ActiveState: "inactive", SubState: "dead"}, cldKilled, 15, "inactive (dead)", "signal 15", 143, 15},
		{Info{LoadState: "loaded", ActiveState: "inactive", SubState: "dead"}, cldDumped, 11, "inactive (dead)", "signal 11", 139, 11},
		{Info{LoadState: "not-found", ActiveState: "inactive", SubState: "dead"}, 0, 0, "not-found", "-", -1, 0},
	} {
		i := tc.i
		i.setExit(tc.code, tc.status)
		code := -1
		if i.ExitCode != nil {
			code = *i.ExitCode
		}
		if i.State() != tc.state || i.Exit() != tc.exit || code != tc.wantCode || i.ExitSignal != tc.wantSigna {
			t.Errorf("%+v: state %q, exit %q, %d, signal %d", i, i.State(), i.Exit(), code, i.ExitSignal)
		}
	}
}

func TestRelayState(t *testing.T) {
	for _, tc := range []struct{ active, sub, want string }{
		{"", "", RelayNone},
		{"inactive", "dead", RelayNone},
		{"active", "running", RelayWorking},
		{"activating", "start", RelayWorking},
		{"activating", "auto-restart", RelayRestarting},
		{"deactivating", "stop-sigterm", RelayWorking},
		{"failed", "failed", RelayFailed},
	} {
		if got := relayState(unit.Listed{ActiveState: tc.active, SubState: tc.sub}); got != tc.want {
			t.Errorf("%s (%s): %s, want %s", tc.active, tc.sub, got, tc.want)
		}
	}
}

func TestNamesIn(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"web", "db", ".web.new", "relay-x", "a b"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := namesIn(dir)
	if want := []string{"db", "web"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got, err := namesIn(filepath.Join(dir, "nosuch")); err != nil || got != nil {
		t.Errorf("of no directory: %q, %v", got, err)
	}
}

func TestHasElement(t *testing.T) {
	if !hasElement("/system.slice/unitmon-a.service/container", "unitmon-a.service") || hasElement("/x/unitmon-a.service.d", "unitmon-a.service") {
		t.Error("an element is found by its whole name")
	}
}

// TestProcesses_None: of a cgroup that is not there there are none.
func TestProcesses_None(t *testing.T) {
	if got := processes("/no/such.service", 1); got == nil || len(got) != 0 {
		t.Errorf("%#v, want an empty list", got)
	}
}
