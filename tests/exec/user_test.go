package exec

import (
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestUser: with a user's own manager it is the same, but for the user, of whom
// there is only one.
func TestUser(t *testing.T) {
	name := "userexec" + strings.Repeat("x", 56) // as long as can be
	u := kit.LookupUser(t, "alice")
	u.Detach(t, name, "--runtime", "runc", "--stop-signal", "KILL", name, "--", "sleep", "1000")
	for _, c := range []struct {
		args   []string
		code   int
		stdout string
	}{
		{[]string{name, "sh", "-c", "id -u; exit 7"}, 7, "0\n"},
		{[]string{name, "no-such-command"}, 127, ""},
		{[]string{"-u", "1234", name, "true"}, 125, ""},
		{[]string{name, "sh", "-c", "kill -KILL $$"}, 137, ""},
	} {
		if r := u.Unitmon(t, "exec", c.args...); r.Code != c.code || r.Stdout != c.stdout {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", c.args, r.Code, r.Stdout, r.Stderr)
		}
	}
	if got := u.OK(t, "script", "-qec", "unitmon exec --user-manager -it "+name+" tty", "/dev/null"); !strings.Contains(got, "/dev/pts/") {
		t.Errorf("its terminal: %q", got)
	}
	r := u.Unitmon(t, "exec", "-d", name, "sh", "-c", "echo out; exit 5")
	id := strings.TrimSpace(r.Stdout)
	if r.Code != 0 || len(id) != 8 {
		t.Fatalf("detached: exit code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
	}
	u.Await(t, units(name, id)[2], "LoadState=not-found", "LoadState")
	kit.OK(t, "journalctl", "--sync")
	if got := u.Messages(t, "CONTAINER_EXEC_ID="+id, "CONTAINER_NAME="+name); !slices.Equal(got, []string{"out"}) {
		t.Errorf("the user's journal has %q", got)
	}
	u.OK(t, "unitmon", "stop", "--user-manager", name)
	u.NothingLeft(t, name)
}
