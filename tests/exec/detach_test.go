package exec

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// detach starts a detached session and returns its ID.
func detach(t *testing.T, name, script string) string {
	t.Helper()
	return strings.TrimSpace(kit.OK(t, "unitmon", "exec", "-d", name, "--", "sh", "-c", script))
}

// gone waits until a detached session's service is unloaded.
func gone(t *testing.T, name, id string) {
	t.Helper()
	kit.Await(t, units(name, id)[2], "LoadState=not-found", "LoadState")
	kit.OK(t, "journalctl", "--sync")
}

// TestDetached: the output is in the journal with the container's fields and the
// session's, complete and unaltered, and the manager has the exit.
func TestDetached(t *testing.T) {
	const name = "detached"
	container := start(t, name, "--tag", "mytag", "--label", "team=red")
	id := detach(t, name, "printf 'one  \\n\\ntwo'; echo bad >&2; exit 5")
	gone(t, name, id)
	got := map[string][]string{}
	for _, e := range kit.Entries(t, "CONTAINER_EXEC_ID="+id) {
		got[e.Get("PRIORITY")] = append(got[e.Get("PRIORITY")], e.Get("MESSAGE")+"|"+e.Get("CONTAINER_PARTIAL_MESSAGE"))
		for field, want := range map[string]string{
			"CONTAINER_ID": container[:12], "CONTAINER_ID_FULL": container, "CONTAINER_NAME": name, "CONTAINER_TAG": "mytag",
			"SYSLOG_IDENTIFIER": "mytag", "TEAM": "red", "OBJECT_SYSTEMD_UNIT": "unitmon-" + name + ".service",
			"_SYSTEMD_UNIT": "unitmon-exec-" + name + "-" + id + ".service",
		} {
			if v := e.Get(field); v != want {
				t.Errorf("%s=%q, want %q", field, v, want)
			}
		}
	}
	if !slices.Equal(got["6"], []string{"one  |", "|", "two|true"}) || !slices.Equal(got["3"], []string{"bad|"}) {
		t.Errorf("the journal has %q", got)
	}
	if got := ends(t, name); !slices.Equal(got, []string{"exited 5"}) {
		t.Errorf("the ends are %q", got)
	}
	if m := kit.Messages(t, "UNIT="+units(name, id)[2]); !slices.ContainsFunc(m, func(s string) bool {
		return strings.Contains(s, "Main process exited, code=exited, status=5")
	}) {
		t.Errorf("the manager has not seen the exit: %q", m)
	}
}

// TestDetached_Much: no line is lost.
func TestDetached_Much(t *testing.T) {
	const name, lines = "detachedmuch", 50000
	start(t, name)
	id := detach(t, name, fmt.Sprintf("seq %d", lines))
	gone(t, name, id)
	got := kit.OK(t, "journalctl", "-q", "-o", "cat", "CONTAINER_EXEC_ID="+id)
	var want strings.Builder
	for i := range lines {
		fmt.Fprintln(&want, i+1)
	}
	if got != want.String() {
		t.Errorf("%d bytes in the journal, and not the %d that were written", len(got), want.Len())
	}
}

// TestDetached_Failure: a command that cannot be run is told at once.
func TestDetached_Failure(t *testing.T) {
	const name = "detachedfail"
	start(t, name)
	for _, c := range []struct {
		command string
		code    int
	}{{"no-such-command", 127}, {"/etc/passwd", 126}} {
		r := kit.Unitmon(t, "exec", "-d", name, c.command)
		if r.Code != c.code || r.Stdout != "" || !strings.HasPrefix(r.Stderr, "unitmon: container "+name+": ") || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", c.command, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// TestDetached_End: it ends by a signal of its own, when its service is stopped
// or killed, and with the container; and that is what the journal has.
func TestDetached_End(t *testing.T) {
	for i, c := range []struct{ name, script, end, record string }{
		{"dself", "echo up; kill -SEGV $$", "true", "SEGV"},
		{"dstop", "trap 'exit 6' TERM; echo up; sleep 70041 & wait", "systemctl stop SERVICE", "exited 6"},
		{"dkill", "trap '' TERM; echo up; sleep 70042", "systemctl kill --signal=KILL SERVICE", "killed KILL"},
		{"dcont", "trap '' TERM; echo up; sleep 70043 & wait", "unitmon stop dcont", "killed KILL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start(t, c.name)
			id := detach(t, c.name, c.script)
			awaitUp(t, id) // its trap is set
			kit.OK(t, strings.Fields(strings.ReplaceAll(c.end, "SERVICE", units(c.name, id)[2]))...)
			gone(t, c.name, id)
			if seconds := fmt.Sprint(70040 + i); alive(t, seconds) {
				t.Error("something of the session is alive")
			}
			if got := ends(t, c.name); len(got) != 1 || !strings.HasSuffix(got[0], c.record) || strings.HasPrefix(got[0], "exited") && c.name != "dstop" {
				t.Errorf("the journal has the ends %q, want %q", got, c.record)
			}
		})
	}
}

// awaitUp waits until a detached session has said "up".
func awaitUp(t *testing.T, id string) {
	t.Helper()
	p := kit.Start(t, "journalctl", "--follow", "--lines=all", "--output=cat", "CONTAINER_EXEC_ID="+id)
	p.Await(t, "up")
	p.Signal(t, syscall.SIGTERM)
	p.Wait()
}
