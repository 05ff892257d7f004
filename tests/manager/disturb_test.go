package manager

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// writer writes numbered lines to both outputs until it is told to end.
const writer = `
	trap 'end=yes' USR1
	i=0
	until [ $end ]; do
		for j in 1 2 3 4 5 6 7 8 9 10; do i=$((i+1)); echo out $i; echo error $i >&2; done
		sleep 0.005
	done
	echo out $i; echo error $i >&2; exit 9`

// What is done to systemd's own parts does not reach a container: it goes on
// writing, nothing of what it writes is lost or comes twice, and its exit is
// true.
func TestDisturb(t *testing.T) {
	allowRestarts(t, "systemd-journald.service", "dbus.service")
	systemctl := func(args ...string) func(*testing.T) {
		return func(t *testing.T) { kit.OK(t, append([]string{"systemctl"}, args...)...) }
	}
	for _, tc := range []struct {
		name string
		do   func(*testing.T)
		lost int // lines that journald itself may lose
	}{
		{"daemon-reload", systemctl("daemon-reload"), 0},
		{"daemon-reexec", systemctl("daemon-reexec"), 0},
		{"journald-restart", systemctl("restart", "systemd-journald"), 0},
		// What journald has read and not yet written is gone with it.
		{"journald-kill", systemctl("kill", "-s", "KILL", "systemd-journald"), 1000},
		{"dbus-restart", systemctl("restart", "dbus"), 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			name := fresh(tc.name)
			run := follow(t, name, writer)
			run.Await(t, "out 100\n")
			init := kit.MainPID(t, service(name))
			for range 3 {
				tc.do(t)
				goesOn(t, run)
			}
			if now := kit.MainPID(t, service(name)); now != init {
				t.Errorf("main process %d was %d", now, init)
			}
			if err := syscall.Kill(init, syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			r := run.Wait()
			if r.Code != 9 {
				t.Errorf("exit code %d, want 9; stderr ends %q", r.Code, tail(r.Stderr))
			}
			_ = wantNumbers(t, "shown", "out", lines(r.Stdout), 0)
			_ = wantNumbers(t, "shown", "error", lines(r.Stderr), 0)
			kit.Sync(t)
			for stream, priority := range map[string]string{"out": "6", "error": "3"} {
				got := kit.Messages(t, "CONTAINER_NAME="+name, "PRIORITY="+priority)
				t.Logf("%s: %d lines, %d of them lost by journald", stream, len(got), wantNumbers(t, "stored", stream, got, tc.lost))
			}
			kit.NothingLeft(t, name)
		})
	}
}

// allowRestarts lifts the start limit of units: after five starts in ten seconds
// the manager would leave them dead.
func allowRestarts(t *testing.T, units ...string) {
	t.Helper()
	for _, u := range units {
		dir := "/run/systemd/system/" + u + ".d"
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/limit.conf", []byte("[Unit]\nStartLimitIntervalSec=0\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kit.OK(t, "systemctl", "daemon-reload")
}

// goesOn waits until a container has written something new.
func goesOn(t *testing.T, run *kit.Program) {
	t.Helper()
	last := lines(run.Stdout.String())
	n, err := strconv.Atoi(strings.TrimPrefix(last[len(last)-2], "out "))
	if err != nil {
		t.Fatal(err)
	}
	run.Await(t, fmt.Sprintf("out %d\n", n+100))
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

func tail(text string) string { return text[max(0, len(text)-200):] }

// wantNumbers checks that lines are numbered from 1, and end with the last
// number once more. At most lost numbers may be missing; it returns how many
// are.
func wantNumbers(t *testing.T, where, stream string, got []string, lost int) (missing int) {
	t.Helper()
	next := 1
	for _, line := range got[:max(0, len(got)-1)] {
		n, err := strconv.Atoi(strings.TrimPrefix(line, stream+" "))
		if err != nil || n < next {
			t.Errorf("%s: line %q where %q is due", where, line, fmt.Sprintf("%s %d", stream, next))
			return missing
		}
		missing += n - next
		next = n + 1
	}
	if last := fmt.Sprintf("%s %d", stream, next-1); len(got) == 0 || got[len(got)-1] != last {
		t.Errorf("%s: the last line is not %q again: %q", where, last, got[max(0, len(got)-1):])
	}
	if missing > lost {
		t.Errorf("%s: %d lines of %s are missing", where, missing, stream)
	}
	return missing
}
