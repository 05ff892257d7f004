package exec

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// stubborn is a script that heeds nothing but SIGKILL, and has a child that is
// like that; seconds tells them from those of other tests.
func stubborn(seconds int) string {
	return fmt.Sprintf("trap '' TERM INT HUP QUIT; sleep %d & echo up; wait", seconds)
}

// TestKilled: whatever kills this command, nothing of the session is left in the
// container, which goes on.
func TestKilled(t *testing.T) {
	for i, c := range []struct {
		name string
		end  func(t *testing.T, p *kit.Program, scope string)
		code int
	}{
		{"killed", func(t *testing.T, p *kit.Program, _ string) { p.Signal(t, syscall.SIGKILL) }, 137},
		{"killedall", func(t *testing.T, _ *kit.Program, scope string) {
			kit.OK(t, "systemctl", "kill", "--signal=KILL", scope)
		}, 137},
		{"stopped", func(t *testing.T, _ *kit.Program, scope string) { kit.OK(t, "systemctl", "stop", scope) }, 137},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start(t, c.name)
			seconds := 70010 + i
			p := begin(t, c.name, stubborn(seconds))
			scope := units(c.name, session(t, c.name))[0]
			if got := kit.Show(t, scope, "ActiveState", "Slice"); got != "ActiveState=active Slice="+kit.Property(t, "unitmon-"+c.name+".service", "Slice") {
				t.Errorf("%s: %s", scope, got)
			}
			c.end(t, p, scope)
			if r := p.Wait(); r.Code != c.code {
				t.Errorf("exit code %d, want %d; stderr %q", r.Code, c.code, r.Stderr)
			}
			sessionsGone(t, c.name)
			if alive(t, fmt.Sprint(seconds)) {
				t.Error("something of the session is alive")
			}
			if got := ends(t, c.name); !slices.Equal(got, []string{" "}) {
				t.Errorf("the journal has the ends %q, want one that is unknown", got)
			}
			if r := run(t, c.name, "true"); r.Code != 0 {
				t.Errorf("the next session: exit code %d, stderr %q", r.Code, r.Stderr)
			}
		})
	}
}

// TestSignals: signals are the command's, also by "systemctl stop".
func TestSignals(t *testing.T) {
	const name = "signals"
	start(t, name)
	for _, c := range []struct {
		script string
		signal syscall.Signal
		code   int
	}{
		{"echo up; exec sleep 1000", syscall.SIGTERM, 143},
		{"echo up; exec sleep 1000", syscall.SIGINT, 130},
		{"echo up; exec sleep 1000", syscall.SIGHUP, 129},
		{"trap 'exit 3' TERM; echo up; while :; do sleep 1000 >/dev/null 2>&1 & wait; done", syscall.SIGTERM, 3},
		{"trap 'exit 4' USR1; echo up; while :; do sleep 1000 >/dev/null 2>&1 & wait; done", syscall.SIGUSR1, 4},
	} {
		p := begin(t, name, c.script)
		p.Signal(t, c.signal)
		if r := p.Wait(); r.Code != c.code {
			t.Errorf("%s to %q: exit code %d, want %d; stderr %q", c.signal, c.script, r.Code, c.code, r.Stderr)
		}
	}
}

// TestScopeStopped: a command that heeds SIGTERM ends in its own way when its
// scope is stopped, and that is recorded.
func TestScopeStopped(t *testing.T) {
	const name = "scope"
	start(t, name)
	p := begin(t, name, "trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 1000 >/dev/null 2>&1 & wait; done")
	kit.OK(t, "systemctl", "stop", units(name, session(t, name))[0])
	if r := p.Wait(); r.Code != 9 || !strings.HasSuffix(r.Stdout, "bye\n") {
		t.Errorf("exit code %d, stdout %q, stderr %q", r.Code, r.Stdout, r.Stderr)
	}
	if got := ends(t, name); !slices.Equal(got, []string{"exited 9"}) {
		t.Errorf("the journal has the ends %q", got)
	}
}

// TestContainerEnds: a session ends with its container, however that ends, and
// does not keep it from ending.
func TestContainerEnds(t *testing.T) {
	for i, c := range []struct{ name, verb string }{{"gone", "stop"}, {"dead", "kill"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start(t, c.name)
			seconds := 70020 + i
			p := begin(t, c.name, stubborn(seconds))
			kit.OK(t, "unitmon", c.verb, c.name)
			if r := p.Wait(); r.Code != 137 {
				t.Errorf("exit code %d, stderr %q", r.Code, r.Stderr)
			}
			sessionsGone(t, c.name)
			kit.NothingLeft(t, c.name)
			if alive(t, fmt.Sprint(seconds)) {
				t.Error("something of the session is alive")
			}
		})
	}
}

// TestBackground: what a command leaves behind when it ends by itself is the
// container's.
func TestBackground(t *testing.T) {
	const name = "background"
	start(t, name)
	r := run(t, name, "sh", "-c", "sleep 70030 >/dev/null 2>&1 & exit 5")
	if r.Code != 5 || r.Stderr != "" {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Stderr)
	}
	sessionsGone(t, name)
	if !alive(t, "70030") {
		t.Error("what it left in the background is gone")
	}
	kit.OK(t, "unitmon", "stop", name)
	kit.NothingLeft(t, name)
	if alive(t, "70030") {
		t.Error("it has outlived the container")
	}
}

// TestMany: 50 sessions at once, each with its own exit code and output.
func TestMany(t *testing.T) {
	const name, count = "many", 50
	start(t, name)
	var all []*kit.Program
	for i := range count {
		script := fmt.Sprintf("trap 'echo bye %d; exit %d' TERM; echo up; while :; do sleep 1000 >/dev/null 2>&1 & wait; done", i, i)
		all = append(all, kit.Start(t, "unitmon", "exec", name, "--", "sh", "-c", script))
	}
	for _, p := range all {
		p.Await(t, "up")
	}
	if ids := sessions(t, name); len(ids) != count {
		t.Errorf("%d sessions have begun, want %d", len(ids), count)
	}
	for i, p := range all {
		p.Signal(t, syscall.SIGTERM)
		if r := p.Wait(); r.Code != i || r.Stdout != fmt.Sprintf("up\nbye %d\n", i) {
			t.Errorf("session %d: exit code %d, stdout %q, stderr %q", i, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// TestAbandoned: what is left of a session whose process was killed before its
// scope had it, which is then active without a process, ends with the next one;
// those that live stay.
func TestAbandoned(t *testing.T) {
	const name, id = "abandoned", "00c0ffee"
	start(t, name)
	p := begin(t, name, "echo up; exec sleep 1000")
	detached := strings.TrimSpace(kit.OK(t, "unitmon", "exec", "-d", name, "--", "sleep", "70040"))
	scope, dir := units(name, id)[0], "/run/unitmon/"+name+"/exec/"
	live := slices.DeleteFunc(sessions(t, name), func(id string) bool { return id == detached })[0]
	kit.OK(t, "cp", "-r", dir+live, dir+id)
	left := kit.Start(t, "systemd-run", "--quiet", "--scope", "--unit="+scope, "sh", "-c", "echo up; exec sleep 1000")
	left.Await(t, "up")
	if r := run(t, name, "true"); r.Code != 0 || r.Stderr != "" {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Stderr)
	}
	left.Wait()
	kit.Await(t, scope, "LoadState=not-found ActiveState=inactive", "LoadState", "ActiveState")
	if _, err := os.Stat(dir + id); err == nil {
		t.Error("its directory is left")
	}
	for _, unit := range []string{units(name, live)[0], units(name, detached)[2]} {
		if got := kit.Property(t, unit, "ActiveState"); got != "active" {
			t.Errorf("%s, which lives, is %s", unit, got)
		}
	}
	p.Signal(t, syscall.SIGTERM)
	p.Wait()
	kit.OK(t, "systemctl", "stop", units(name, detached)[2])
}
