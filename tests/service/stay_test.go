package service

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/conmon/rig"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// TestPlain_Killed: without a service, SIGKILL of the monitor is for podman what
// it is with conmon: the container goes on, and nobody knows its end.
func TestPlain_Killed(t *testing.T) {
	t.Parallel()
	model := killed(t, setting{monitor: debian})
	for _, s := range []setting{{mode: "stay"}, {mode: "scope"}, {mode: "scope", engine: cgroupfs}} {
		if diff := cmp.Diff(model, killed(t, s)); diff != "" {
			t.Errorf("%s %s differs from conmon (-conmon +ours):\n%s", s.mode, s.engine, diff)
		}
	}
}

const cgroupfs = `cgroup_manager = "cgroupfs"`

// killed plays a container whose monitor is killed, and returns what podman
// says.
func killed(t *testing.T, p setting) []string {
	t.Helper()
	c := start(t, newPodman(t, p), "plain", "echo before; read x </shared/go; exec >/dev/null 2>&1; echo on >/shared/said; exec sleep 1000")
	kit.Start(t, c.podman.line("logs", "--follow", c.name)...).Await(t, "before\n")
	monitor, init := pidfd(t, c.keeper()), pidfd(t, number(t, c.inspect("{{.State.Pid}}")))
	must(t, monitor.Signal(int(syscall.SIGKILL)))
	must(t, monitor.WaitExit(kit.Context(t)))
	c.shared.Go(t)
	c.await("on")
	var seen []string
	see := func(what string, args ...string) {
		r := c.podman.run(t, args...)
		text := strings.NewReplacer(c.name, "NAME", c.id, "ID", c.id[:12], "ID").Replace(r.Stdout + r.Stderr)
		text = regexp.MustCompile(`Up .* ago`).ReplaceAllString(text, "Up")
		seen = append(seen, fmt.Sprintf("%s: %d %s", what, r.Code, text))
	}
	see("ps", "ps", "--all", "--filter", "id="+c.id, "--format", "{{.Status}}")
	see("inspect", "inspect", "--format", "{{.State.Status}} {{.State.Running}} {{.State.ExitCode}}", c.name)
	see("exec", "exec", c.name, "echo", "there")
	see("logs", "logs", c.name)
	ended, err := init.Exited()
	must(t, err)
	seen = append(seen, "ended: "+strconv.FormatBool(ended))
	see("stop", "stop", "--time=0", c.name)
	see("inspect", "inspect", "--format", "{{.State.Status}} {{.State.Running}} {{.State.ExitCode}}", c.name)
	see("rm", "rm", "--force", "--time=0", c.name)
	must(t, init.WaitExit(kit.Context(t)))
	c.noUnits()
	return seen
}

// scope follows the scope that a monitor has registered for the container.
func (c *container) scope() *service {
	c.t.Helper()
	return follow(c.t, "unitmon-conmon-"+c.id+".scope")
}

// described waits until the scope's description tells about the running
// container, and returns the unit's state. The manager announces no change of a
// description, but it writes each to a file.
func (c *container) described(s *service) unit.State {
	c.t.Helper()
	const transient = "/run/systemd/transient"
	want := fmt.Sprintf("conmon of container %s (%s): running, pid %s, log k8s-file", c.name, c.id[:12], c.inspect("{{.State.Pid}}"))
	if !rig.NewCreated(c.t, transient, s.name+".d").Wait(kit.Patience) {
		c.t.Fatalf("%s has got no description", s.name)
	}
	changes, err := sys.WatchCreated(filepath.Join(transient, s.name+".d"))
	must(c.t, err)
	defer func() { _ = changes.Close() }()
	must(c.t, changes.SetReadDeadline(time.Now().Add(kit.Patience)))
	for buf := make([]byte, 4096); ; {
		state, err := s.m.State(s.ctx, s.name)
		must(c.t, err)
		if state.ActiveState == "active" && state.Description == want {
			s.state = state
			return state
		}
		if _, err := changes.Read(buf); err != nil {
			c.t.Fatalf("%s: its description is %q, not %q: %v", s.name, state.Description, want, err)
		}
	}
}

// inScope checks that a process is in the scope.
func (s *service) inScope(pid int) {
	s.t.Helper()
	if group := read(s.t, fmt.Sprintf("/proc/%d/cgroup", pid)); !strings.Contains(group, "/"+s.name+"\n") {
		s.t.Errorf("process %d is not in %s: %s", pid, s.name, group)
	}
}

// TestScope: where podman has made no unit for the monitor, it is in a scope that
// tells about the container, for as long as there is a monitor of it.
func TestScope(t *testing.T) {
	for _, mode := range []string{"scope", "auto"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			c := start(t, newPodman(t, setting{mode: mode, engine: cgroupfs}), "scope", "read x </shared/go; exit 7")
			s := c.scope()
			c.described(s)
			s.inScope(c.keeper())
			text := kit.OK(t, "systemctl", "status", "--no-pager", s.name)
			if !strings.Contains(text, "log k8s-file") || !strings.Contains(text, strconv.Itoa(c.keeper())) {
				t.Errorf("systemctl status says\n%s", text)
			}
			if got := kit.Show(t, s.name, "DefaultDependencies", "CollectMode", "KillMode"); got != "DefaultDependencies=no CollectMode=inactive-or-failed KillMode=control-group" {
				t.Errorf("the scope has %s", got)
			}
			c.shared.Go(t)
			c.ended(7)
			s.end()
			c.remove()
		})
	}
}

// TestScope_Adopted: podman's own scope gets a description, and no other is
// made.
func TestScope_Adopted(t *testing.T) {
	for _, mode := range []string{"scope", "stay", "auto"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			c := start(t, newPodman(t, setting{mode: mode}), "adopted", "read x </shared/go; exit 7")
			s := follow(t, "libpod-conmon-"+c.id+".scope")
			c.described(s)
			s.inScope(c.keeper())
			for _, u := range c.units() {
				if strings.HasPrefix(u, "unitmon") {
					t.Errorf("there is %s", u)
				}
			}
			c.shared.Go(t)
			c.ended(7)
			s.end()
			c.remove()
		})
	}
}

// TestScope_Restart: with a restart policy the successor is started from the
// scope that the monitor leaves. That does not end in between.
func TestScope_Restart(t *testing.T) {
	for name, p := range map[string]setting{"own": {mode: "scope", engine: cgroupfs}, "podman's": {mode: "auto"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, newPodman(t, p), "again", "echo run >/shared/said; read x </shared/go; exit 3", "--restart=always")
			c.await("run")
			s := c.scope()
			if p.engine == "" {
				s = follow(t, "libpod-conmon-"+c.id+".scope")
			}
			first := c.described(s)
			for range 2 {
				monitor := pidfd(t, c.keeper())
				c.shared.Go(t)
				c.await("run")
				must(t, monitor.WaitExit(kit.Context(t)))
				if next := c.described(s); next.InvocationID != first.InvocationID {
					t.Errorf("it is another scope: %+v, was %+v", next, first)
				}
				s.inScope(c.keeper())
			}
			if got := c.inspect("{{.RestartCount}}"); got != "2" {
				t.Errorf("%s restarts, want 2", got)
			}
			c.podman.ok(t, "stop", "--time=0", c.name)
			c.ended(137)
			s.end()
			c.remove()
		})
	}
}
