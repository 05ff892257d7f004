// Package runsc shows that a sandbox of gVisor is a unit's container like any
// other: its process is the unit's main process, with its exit.
package runsc

import (
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// sandbox are the arguments of run for a container web with the root directory.
func sandbox(t *testing.T, args ...string) []string {
	return append([]string{"--runtime", "runsc", "--rootfs", kit.BusyboxRoot(t)}, args...)
}

// logged waits until the journal has these lines of container web.
func logged(t *testing.T, want ...string) {
	t.Helper()
	for _, line := range want {
		kit.AwaitMessage(t, line, "CONTAINER_NAME=web")
	}
}

// TestDetached: the unit's main process is the sandbox, its output is in the
// journal, it stops, and nothing is left.
func TestDetached(t *testing.T) {
	defer kit.LogOnFailure(t, "web")
	kit.Detach(t, "web", sandbox(t, "--keep", "web", "--", "sh", "-c",
		`trap 'echo bye; exit 9' TERM; echo hello; echo oops >&2; while :; do sleep 0.1; done`)...)
	pid := kit.Property(t, "unitmon-web.service", "MainPID")
	argv, err := os.ReadFile("/proc/" + pid + "/cmdline")
	if err != nil || !strings.HasPrefix(string(argv), "runsc-sandbox\x00") {
		t.Errorf("main process %s is %q, %v", pid, argv, err)
	}
	if text := kit.Property(t, "unitmon-web.service", "StatusText"); text != "container running" {
		t.Errorf("status text %q", text)
	}
	logged(t, "hello", "oops")
	if r := kit.Unitmon(t, "stop", "web"); r.Code != 0 {
		t.Errorf("stop: %+v", r)
	}
	if got := kit.Show(t, "unitmon-web.service", "Result", "ExecMainCode", "ExecMainStatus"); got != "Result=exit-code ExecMainCode=1 ExecMainStatus=9" {
		t.Error(got)
	}
	logged(t, "hello", "oops", "bye")
	if r := kit.Unitmon(t, "rm", "web"); r.Code != 0 {
		t.Errorf("rm: %+v", r)
	}
	kit.NothingLeft(t, "web")
}

// TestForeground: exit codes and output, with the flags that unitmon finds and with
// those of the user.
func TestForeground(t *testing.T) {
	flags := []string{"--runtime-arg=--network=none", "--runtime-arg=--ignore-cgroups"}
	for _, tc := range []struct {
		script, out string
		code        int
		args        []string
	}{
		{"echo hi; exit 7", "hi\n", 7, nil},
		{"cat /proc/version | cut -d' ' -f1-2", "Linux version\n", 0, flags},
		{"kill -9 $$", "", 137, flags},
	} {
		args := append(append([]string{"run"}, tc.args...), sandbox(t, "web", "--", "sh", "-c", tc.script)...)
		if r := kit.Unitmon(t, args...); r.Code != tc.code || r.Stdout != tc.out {
			t.Errorf("%s: %+v", tc.script, r)
		}
		kit.NothingLeft(t, "web")
	}
}

// TestHostRoot: the host's own root, for reading.
func TestHostRoot(t *testing.T) {
	r := kit.Unitmon(t, "run", "--runtime", "runsc", "web", "--", "sh", "-c", "touch /usr/x || exit 3")
	if r.Code != 3 || !strings.Contains(r.Stderr, "Read-only file system") {
		t.Errorf("%+v", r)
	}
	kit.NothingLeft(t, "web")
}

// TestKilled: the manager kills the sandbox, and that is the container's end.
func TestKilled(t *testing.T) {
	kit.Detach(t, "web", sandbox(t, "--keep", "web", "--", "sleep", "1000")...)
	kit.OK(t, "systemctl", "kill", "--signal=KILL", "unitmon-web.service")
	kit.Await(t, "unitmon-web.service", "Result=signal ExecMainStatus=9 ActiveState=failed", "Result", "ExecMainStatus", "ActiveState")
	if r := kit.Unitmon(t, "rm", "web"); r.Code != 0 {
		t.Errorf("rm: %+v", r)
	}
	kit.NothingLeft(t, "web")
}
