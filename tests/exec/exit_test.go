package exec

import (
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestExitCodes: the exit code is the command's own, and the journal has it.
func TestExitCodes(t *testing.T) {
	const name = "codes"
	start(t, name)
	var recorded []string
	for _, c := range []struct {
		command []string
		code    int
		record  string
		stderr  string
	}{
		{[]string{"true"}, 0, "exited 0", ""},
		{[]string{"sh", "-c", "exit 7"}, 7, "exited 7", ""},
		{[]string{"sh", "-c", "exit 255"}, 255, "exited 255", ""},
		{[]string{"sh", "-c", "kill -TERM $$"}, 143, "killed TERM", ""},
		{[]string{"sh", "-c", "kill -KILL $$"}, 137, "killed KILL", ""},
		{[]string{"no-such-command"}, 127, "exited 127", "not found"},
		{[]string{"/no/such/file"}, 127, "exited 127", "no such file"},
		{[]string{"/etc/passwd"}, 126, "exited 126", "permission denied"},
		{[]string{"/etc"}, 126, "exited 126", ""},
	} {
		r := run(t, name, c.command...)
		if r.Code != c.code || !strings.Contains(r.Stderr, c.stderr) || c.stderr == "" && c.code < 126 && r.Stderr != "" {
			t.Errorf("%q: exit code %d, stderr %q, want %d and %q", c.command, r.Code, r.Stderr, c.code, c.stderr)
		}
		if n := strings.Count(r.Stderr, "\n"); n > 1 {
			t.Errorf("%q: %d lines of stderr, want at most one: %s", c.command, n, r.Stderr)
		}
		recorded = append(recorded, c.record)
	}
	if got := ends(t, name); !slices.Equal(got, recorded) {
		t.Errorf("the journal has the exits %q, want %q", got, recorded)
	}
}

// TestNotRunning: a container that cannot run anything is refused with one line
// that says what to do.
func TestNotRunning(t *testing.T) {
	const name = "ended"
	start(t, name, "--keep")
	kit.OK(t, "unitmon", "stop", name)
	for _, c := range []struct{ name, stderr string }{
		{"no-such", "no such container"},
		{name, "unitmon rm " + name},
		{"exec-x", "invalid container name"},
	} {
		r := run(t, c.name, "true")
		if r.Code != 125 || !strings.Contains(r.Stderr, c.stderr) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: exit code %d, stderr %q, want 125 and %q in one line", c.name, r.Code, r.Stderr, c.stderr)
		}
	}
	if got := sessions(t, name); got != nil {
		t.Errorf("sessions have begun: %q", got)
	}
	kit.OK(t, "unitmon", "rm", name)
	kit.NothingLeft(t, name)
}

// TestPaused: a paused container would let the command wait for ever.
func TestPaused(t *testing.T) {
	const name = "paused"
	id := start(t, name)
	runc := func(verb string) { kit.OK(t, "runc", "--root", "/run/unitmon/"+name+"/runtime", verb, id) }
	runc("pause")
	r := run(t, name, "true")
	if r.Code != 125 || !strings.Contains(r.Stderr, "resume it first") {
		t.Errorf("paused: exit code %d, stderr %q", r.Code, r.Stderr)
	}
	runc("resume")
	if r := run(t, name, "true"); r.Code != 0 {
		t.Errorf("resumed: exit code %d, stderr %q", r.Code, r.Stderr)
	}
}

// TestBadUse: what cannot be meant is refused before anything is done.
func TestBadUse(t *testing.T) {
	const name = "baduse"
	start(t, name)
	for _, c := range []struct {
		args   []string
		stderr string
	}{
		{[]string{name}, "no command given"},
		{[]string{}, "no container named"},
		{[]string{"-d", "-t", name, "true"}, "--tty"},
		{[]string{"-d", "-i", name, "true"}, "--interactive"},
		{[]string{"-t", name, "true"}, "not a terminal"},
		{[]string{"-w", "relative", name, "true"}, "not an absolute path"},
		{[]string{"-u", "nobody-of-this-name", name, "true"}, "no such user"},
		{[]string{"-e", "=x", name, "true"}, "the name is empty"},
		{[]string{"--privileged", name, "true"}, "unknown flag"},
	} {
		r := kit.Unitmon(t, append([]string{"exec"}, c.args...)...)
		if r.Code != 125 || !strings.Contains(r.Stderr, c.stderr) {
			t.Errorf("%q: exit code %d, stderr %q, want 125 and %q", c.args, r.Code, r.Stderr, c.stderr)
		}
	}
	if got := sessions(t, name); got != nil {
		t.Errorf("sessions have begun: %q", got)
	}
}

// TestNoJournal: a command runs, and ends as it does, when the journal takes no
// record of that.
func TestNoJournal(t *testing.T) {
	const name = "nojournal"
	start(t, name)
	r := kit.Run(t, "unshare", "--mount", "sh", "-c",
		"mount -t tmpfs none /run/systemd/journal && exec unitmon exec "+name+" -- sh -c 'echo out; exit 3'")
	if r.Code != 3 || r.Stdout != "out\n" || !strings.HasPrefix(r.Stderr, "unitmon: note: the session is not in the journal: ") {
		t.Errorf("exit code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
	}
}
