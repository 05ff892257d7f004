package manager

import (
	"regexp"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// ps shows what the manager knows of each container, and of nothing else.
func TestPS(t *testing.T) {
	kit.Detach(t, "runs", "runs", "--", "/bin/sleep", "infinity")
	kit.Detach(t, "died", script("died", "exit 4", "--keep")...)
	kit.Await(t, service("died"), "SubState=failed", "SubState")
	out := kit.OK(t, "unitmon", "ps", "--all")
	for _, want := range []string{
		`(?m)^runs +unitmon-runs\.service +active \(running\) +(now|\d+ s ago) +[1-9][0-9]* +- +0 +host `,
		`(?m)^died +unitmon-died\.service +failed \(failed\) +(now|\d+ s ago) +- +4 +0 +host `,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if n := strings.Count(out, "\n"); n != 3 {
		t.Errorf("%d lines, want a heading and two:\n%s", n, out)
	}
}

// With --keep the units outlive the container: its end can be read, it can be
// started again, and rm removes it.
func TestKeep(t *testing.T) {
	shared, name := kit.Share(t), fresh("kept")
	shared.Go(t)
	if r := foreground(t, name, counting+"read x </shared/go; exit $n", "--keep", "--stop-signal", "KILL", "-v", shared.Volume()); r.Code != 1 || r.Stdout != "run 1\n" {
		t.Errorf("first run: %+v", r)
	}
	wantEnd(t, service(name), "Result=exit-code ExecMainCode=1 ExecMainStatus=1")
	if r := kit.Unitmon(t, "run", name, "true"); r.Code != 125 || !strings.Contains(r.Stderr, name+": name is in use") {
		t.Errorf("the same name again: %+v", r)
	}
	for _, verb := range []string{"start", "restart"} {
		kit.OK(t, "systemctl", verb, service(name))
	}
	kit.AwaitMessage(t, "run 3", "CONTAINER_NAME="+name)
	shared.Go(t)
	wantEnd(t, service(name), "Result=exit-code ExecMainCode=1 ExecMainStatus=3")
	kit.OK(t, "unitmon", "rm", name)
	kit.NothingLeft(t, name)
}

// What a command is asked to do for a name that does not exist, or not in this
// state, is refused with one line.
func TestCommands_Refuse(t *testing.T) {
	kit.Detach(t, "busy", "busy", "--", "/bin/sleep", "infinity")
	for _, tc := range []struct{ args, said string }{
		{"stop nobody", "container nobody: no such container"},
		{"kill nobody", "container nobody: no such container"},
		{"rm nobody", "container nobody: no such container"},
		{"rm busy", "container busy: it is active"},
		{"kill -s NONSENSE busy", `signal "NONSENSE"`},
		{"stop ../busy", "invalid container name"},
		{"logs ../busy", "invalid container name"},
	} {
		r := kit.Unitmon(t, strings.Fields(tc.args)...)
		if r.Code != 125 || !strings.Contains(r.Stderr, tc.said) || strings.Count(r.Stderr, "\n") != 1 || r.Stdout != "" {
			t.Errorf("unitmon %s: %+v, want %q", tc.args, r, tc.said)
		}
	}
	wantShow(t, service("busy"), "SubState=running", "SubState")
}

// Two containers at once have nothing of each other.
func TestTwo(t *testing.T) {
	one, two := kit.Share(t), kit.Share(t)
	first, second := fresh("first"), fresh("second")
	const text = "echo out; read x </shared/go; echo error >&2; exit 1"
	p := follow(t, first, text, "-v", one.Volume())
	q := follow(t, second, text, "-v", two.Volume())
	p.Await(t, "out\n")
	q.Await(t, "out\n")
	two.Go(t)
	if r := q.Wait(); r.Code != 1 {
		t.Errorf("second: %+v", r)
	}
	kit.NothingLeft(t, second)
	wantShow(t, service(first), "SubState=running", "SubState")
	one.Go(t)
	if r := p.Wait(); r.Code != 1 {
		t.Errorf("first: %+v", r)
	}
	kit.Sync(t)
	for _, name := range []string{first, second} {
		if n := len(kit.Messages(t, "-u", service(name), "CONTAINER_NAME="+name)); n != 2 {
			t.Errorf("%s: %d lines in the journal, want 2", name, n)
		}
	}
}

// A name is free as soon as the foreground run of it has ended.
func TestSameNameAgain(t *testing.T) {
	for range 10 {
		if r := foreground(t, "same", "echo out; exit 6"); r.Code != 6 || r.Stdout != "out\n" || r.Stderr != "" {
			t.Fatalf("%+v", r)
		}
	}
	kit.NothingLeft(t, "same")
}
