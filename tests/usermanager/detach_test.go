package usermanager

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestDetach is the life of a container in the background, as the user's own
// tools show it.
func TestDetach(t *testing.T) {
	u := alice(t)
	id := u.Detach(t, "web", run("web", "echo hello; echo oops >&2; exec sleep infinity")...)
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(id) {
		t.Errorf("run -d printed %q, want an ID", id)
	}
	awaitLines(t, u, "web", 2)
	t.Run("ps", func(t *testing.T) {
		got := strings.Fields(lineOf(u.Unitmon(t, "ps").Stdout, "web"))
		if len(got) < 4 || got[1] != "unitmon-web.service" || got[2] != "active" || got[3] != "(running)" {
			t.Errorf("ps: %q", got)
		}
	})
	t.Run("logs", func(t *testing.T) {
		if got, want := u.Unitmon(t, "logs", "web"), (kit.Result{Stdout: "hello\n", Stderr: "oops\n"}); got != want {
			t.Errorf("logs: %+v, want %+v", got, want)
		}
	})
	t.Run("journalctl", func(t *testing.T) { journalShows(t, u, id) })
	t.Run("status", func(t *testing.T) {
		out := u.OK(t, "systemctl", "--user", "status", "unitmon-web.service")
		for _, want := range []string{"Container web", "active (running)", `"container running"`, "sleep infinity"} {
			if !strings.Contains(out, want) {
				t.Errorf("systemctl --user status lacks %q:\n%s", want, out)
			}
		}
	})
	if r := u.Unitmon(t, "stop", "web"); r != (kit.Result{}) {
		t.Errorf("stop: %+v", r)
	}
	u.NothingLeft(t, "web")
	rootClean(t, u)
}

// journalShows asserts that the two lines are found by unit and by container,
// with the container's fields.
func journalShows(t *testing.T, u kit.User, id string) {
	for _, match := range [][]string{
		{"CONTAINER_NAME=web"},
		{"CONTAINER_ID=" + id[:12]},
		{"CONTAINER_ID_FULL=" + id, journal.UserUnit + "=unitmon-web.service", journal.SyslogIdentifier + "=web"},
		{"--unit=unitmon-web.service", "--identifier=web"},
	} {
		if diff := cmp.Diff([]string{"hello", "oops"}, u.Messages(t, match...)); diff != "" {
			t.Errorf("journalctl --user %s (-want +got):\n%s", match, diff)
		}
	}
	for priority, want := range map[string]string{"6": "hello", "3": "oops"} {
		if diff := cmp.Diff([]string{want}, u.Messages(t, "CONTAINER_NAME=web", "PRIORITY="+priority)); diff != "" {
			t.Errorf("priority %s (-want +got):\n%s", priority, diff)
		}
	}
}

// TestSilent: a container that says nothing has no process of ours, listed.
func TestSilent(t *testing.T) {
	u := alice(t)
	u.Detach(t, "silent", run("silent", "exec sleep infinity")...)
	group := u.Show(t, "unitmon-silent.service", "ControlGroup")
	_, group, _ = strings.Cut(group, "=")
	found := 0
	kit.Settle(t)
	for _, p := range kit.Processes(t) {
		switch {
		case strings.HasPrefix(p.Exe, "unitmon"):
			t.Errorf("process %d of ours: %s", p.PID, p.Args)
		case strings.Contains(p.Cgroup+"/", "0::"+group+"/"):
			found++
			t.Logf("process %d: %s in %s", p.PID, p.Args, p.Cgroup)
		}
	}
	if found != 1 {
		t.Errorf("%d processes in %s, want the container's one", found, group)
	}
	if r := u.Unitmon(t, "stop", "silent"); r.Code != 0 {
		t.Errorf("stop: %+v", r)
	}
	u.NothingLeft(t, "silent")
}

// TestRelay_Killed: a relay that is killed loses nothing. Every line that
// arrives is the cue for the next SIGKILL.
func TestRelay_Killed(t *testing.T) {
	const lines, kills = 500, 8
	u := alice(t)
	dir := filepath.Join(u.Home, "cues")
	cue := filepath.Join(dir, "cue")
	u.OK(t, "mkdir", dir)
	u.OK(t, "mkfifo", cue)
	script := fmt.Sprintf("exec 3<>%s; i=0; while [ $i -lt %d ]; do i=$((i+1)); echo $i; [ $((i %% %d)) != 0 ] || read x <&3; done; exec sleep infinity",
		cue, lines, lines/kills)
	u.Detach(t, "loss", run("loss", script, "-v", dir+":"+dir)...)
	for n := range kills {
		awaitLines(t, u, "loss", (n+1)*(lines/kills))
		u.Run(t, "systemctl", "--user", "kill", "--signal=KILL", "unitmon-relay-loss.service")
		if err := os.WriteFile(cue, []byte("\n"), 0); err != nil {
			t.Fatal(err)
		}
	}
	awaitLines(t, u, "loss", lines)
	t.Logf("duplicates: %d", complete(t, u.Messages(t, "CONTAINER_NAME=loss"), lines))
	if r := u.Unitmon(t, "stop", "loss"); r.Code != 0 {
		t.Errorf("stop: %+v", r)
	}
	u.NothingLeft(t, "loss")
}

// complete asserts that the lines 1 to n are there, and returns how many are
// there twice.
func complete(t *testing.T, lines []string, n int) (duplicates int) {
	t.Helper()
	seen := map[string]int{}
	for _, l := range lines {
		seen[l]++
	}
	for i := range n {
		if seen[fmt.Sprint(i+1)] == 0 {
			t.Errorf("line %d is missing", i+1)
		}
	}
	if len(seen) != n {
		t.Errorf("%d different lines, want %d", len(seen), n)
	}
	return len(lines) - len(seen)
}

// awaitLines waits until the journal has n different lines of a container.
func awaitLines(t *testing.T, u kit.User, name string, n int) {
	t.Helper()
	follow(t, u, func() bool {
		seen := map[string]bool{}
		for _, m := range u.Messages(t, "CONTAINER_NAME="+name) {
			seen[m] = true
		}
		return len(seen) >= n
	}, "CONTAINER_NAME="+name)
}

// lineOf is the line of a table that begins with a word.
func lineOf(table, word string) string {
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, word+" ") {
			return line
		}
	}
	return ""
}

// rootClean asserts that the directory of all containers has only its lock.
func rootClean(t *testing.T, u kit.User) {
	t.Helper()
	root := filepath.Join(u.RuntimeDir(), "unitmon")
	entries, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != ".lock" {
			t.Errorf("%s is left in %s", e.Name(), root)
		}
	}
}
