package manager

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// With --sdnotify container the start is done when the container says so, and
// its status is the unit's.
func TestSDNotify(t *testing.T) {
	shared := kit.Share(t)
	t.Cleanup(func() { kit.Purge(t, "ready") })
	run := kit.Start(t, append([]string{"unitmon", "run", "-d"}, script("ready", `
		systemd-notify --status='nearly there'; read x </shared/go
		systemd-notify --ready --status='at your service'; read x </shared/go
		systemd-notify --status='about to end'; read x </shared/go; exit 8`,
		"--sdnotify", "container", "--keep", "-v", shared.Volume())...)...)
	props := []string{"ActiveState", "SubState", "StatusText"}
	kit.Await(t, service("ready"), "ActiveState=activating SubState=start StatusText=nearly there", props...)
	if out := run.Stdout.String(); out != "" {
		t.Errorf("run -d has returned before READY=1: %q", out)
	}
	shared.Go(t)
	if r := run.Wait(); r.Code != 0 || len(r.Stdout) != 65 {
		t.Errorf("run -d: %+v, want an ID", r)
	}
	wantShow(t, service("ready"), "ActiveState=active SubState=running StatusText=at your service", props...)
	if out := kit.Run(t, "systemctl", "status", service("ready")).Stdout; !strings.Contains(out, `Status: "at your service"`) {
		t.Errorf("systemctl status:\n%s", out)
	}
	shared.Go(t)
	kit.Await(t, service("ready"), "ActiveState=active SubState=running StatusText=about to end", props...)
	shared.Go(t)
	wantEnd(t, service("ready"), "Result=exit-code ExecMainCode=1 ExecMainStatus=8")
}

// However a container ends in relation to its READY=1, its exit is true.
func TestSDNotify_Exit(t *testing.T) {
	for name, tc := range map[string]struct {
		text   string
		code   int
		result string
	}{
		"before":           {"exit 4", 4, "Result=exit-code ExecMainCode=1 ExecMainStatus=4"},
		"before-with-0":    {"exit 0", 0, "Result=protocol ExecMainCode=1 ExecMainStatus=0"},
		"at-once":          {"systemd-notify --ready; exit 5", 5, "Result=exit-code ExecMainCode=1 ExecMainStatus=5"},
		"at-once-with-0":   {"systemd-notify --ready", 0, "Result=success ExecMainCode=1 ExecMainStatus=0"},
		"without-a-notify": {"echo out; sleep 0.1; exit 6", 6, "Result=exit-code ExecMainCode=1 ExecMainStatus=6"},
	} {
		t.Run(name, func(t *testing.T) {
			r := foreground(t, name, tc.text, "--sdnotify", "container", "--keep")
			if r.Code != tc.code || r.Stderr != "" {
				t.Errorf("run: %+v, want code %d", r, tc.code)
			}
			wantShow(t, service(name), tc.result, "Result", "ExecMainCode", "ExecMainStatus")
			kit.OK(t, "unitmon", "rm", name)
			kit.NothingLeft(t, name)
		})
	}
}

// A container that never says READY=1 is ended by the start timeout, which must
// be long enough for its shell to set the trap.
func TestSDNotify_Timeout(t *testing.T) {
	r := foreground(t, "late", trap, "--sdnotify", "container", "--keep", "-p", "TimeoutStartSec=4s")
	wantEnd(t, service("late"), "Result=timeout ExecMainCode=1 ExecMainStatus=0")
	if r.Stdout != "ready\ngot TERM\n" {
		t.Errorf("run: %+v", r)
	}
}

// Without --sdnotify container nothing in the container can notify.
func TestSDNotify_Unit(t *testing.T) {
	r := foreground(t, "mute", `echo "<$NOTIFY_SOCKET>"; ls /run/systemd/notify 2>/dev/null`)
	if r.Stdout != "<>\n" {
		t.Errorf("run: %+v", r)
	}
}

// A detached start of a container that ends before its READY=1 has failed and
// leaves nothing.
func TestSDNotify_DetachedExit(t *testing.T) {
	t.Cleanup(func() { kit.Purge(t, "unready") })
	r := kit.Unitmon(t, append([]string{"run", "-d"}, script("unready", "exit 4", "--sdnotify", "container")...)...)
	if r.Code != 125 || r.Stdout != "" || !strings.HasPrefix(r.Stderr, "unitmon: container unready: it ended before READY=1") {
		t.Errorf("run -d: %+v", r)
	}
	kit.NothingLeft(t, "unready")
}
