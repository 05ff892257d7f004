package service

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// TestStatus: what systemctl says of the unit.
func TestStatus(t *testing.T) {
	t.Parallel()
	c := start(t, newPodman(t, setting{}), "status", "echo hello; read x </shared/go", "--log-driver=journald")
	s := c.service()
	for _, line := range []string{c.name + `\[\d+\]: hello`, "Started"} { // of the present process
		status := regexp.QuoteMeta(fmt.Sprintf("conmon of container %s (%s): running, pid %s, log journald", c.name, c.id[:12], c.inspect("{{.State.Pid}}")))
		s.until("described", func(u unit.State) bool {
			return u.SubState == "running" && regexp.MustCompile("^"+status+"$").MatchString(u.StatusText)
		})
		text := kit.Run(t, "systemctl", "status", "--no-pager", "--full", s.name).Stdout
		for _, want := range []string{
			`- conmon of container ` + c.name + ` \(` + c.id[:12] + `\)`,
			`Active: active \(running\)`,
			`Main PID: \d+ \(conmon\)`,
			`Status: "` + status + `"`,
			line,
		} {
			if !regexp.MustCompile(want).MatchString(text) {
				t.Errorf("systemctl status has no %s:\n%s", want, text)
			}
		}
		s.kill()
		s.running()
	}
	c.podman.ok(t, "kill", c.name)
	s.exit(137)
	c.remove()
}

// TestStatus_Lost: what a log on a full disk could not take is counted.
func TestStatus_Lost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kit.OK(t, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir)
	t.Cleanup(func() { kit.OK(t, "umount", "--lazy", dir) })
	c := start(t, newPodman(t, setting{}), "lost", "seq 1 30000; read x </shared/go", "--log-opt", "path="+dir+"/log")
	s := c.service()
	lost := func(u unit.State) bool {
		return regexp.MustCompile(`running, pid \d+, log k8s-file.*\d+ records lost|running, pid \d+, .*lost by the k8s-file log: \d+`).MatchString(u.StatusText)
	}
	s.until("told of losses", lost)
	s.kill()
	s.running()
	s.until("told of losses again", lost)
	c.shared.Go(t)
	c.ended(0)
	s.exit(0)
	c.remove()
}

// TestStop: systemctl stop ends the container as its stop would.
func TestStop(t *testing.T) {
	t.Parallel()
	c := start(t, newPodman(t, setting{}), "stop", "trap 'echo bye; exit 3' TERM; echo up >/shared/said; while :; do read x </shared/go; done")
	c.await("up")
	s := c.service()
	s.kill()
	s.running()
	kit.OK(t, "systemctl", "stop", s.name)
	c.ended(3)
	s.exit(3)
	if got := c.logs(); got != "bye\n" {
		t.Errorf("podman logs says %q", got)
	}
	c.remove()
}

// TestWatchdog: a monitor that hangs is replaced by the manager. One that waits
// for its exit command does not hang.
func TestWatchdog(t *testing.T) {
	t.Parallel()
	h := newHolder(t)
	c := create(t, h.podman(), "hung", "read x </shared/go; echo done; exit 7")
	c.override("WatchdogSec=2s")
	c.podman.ok(t, "start", c.name)
	s := c.service()
	longer := func() {
		t.Helper()
		pid := s.process()
		<-time.NewTimer(3 * time.Second).C // a monitor that hangs is replaced within that time
		if s.process() != pid {
			t.Errorf("a monitor that works was replaced: %+v", s.state)
		}
	}
	longer()
	s.killed = s.process()
	must(t, syscall.Kill(s.killed, syscall.SIGSTOP))
	s.running()
	kit.Sync(t)
	if said := kit.Messages(t, "_PID=1", "UNIT="+s.name); !strings.Contains(strings.Join(said, "\n"), "Watchdog timeout") {
		t.Errorf("the manager does not speak of a watchdog: %q", said)
	}
	h.hold("delete")
	c.shared.Go(t)
	h.await("delete")
	longer()
	s.kill()
	s.running()
	longer()
	h.let("delete")
	c.ended(7)
	s.exit(7)
	c.remove()
}

// override adds a setting to the service of a container that was not started yet.
func (c *container) override(setting string) {
	c.t.Helper()
	dir := "/run/systemd/system/unitmon-conmon-" + c.id[:12] + "-.service.d"
	must(c.t, os.MkdirAll(dir, 0o755))
	c.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(c.t, os.WriteFile(dir+"/override.conf", []byte("[Service]\n"+setting+"\n"), 0o644))
	kit.OK(c.t, "systemctl", "daemon-reload")
}

// TestGone: a service that is not started again leaves the container's end to its
// keeper.
func TestGone(t *testing.T) {
	const deaf = "exec >/dev/null 2>&1; trap '' TERM; echo up >/shared/said; read x </shared/go; exit 7"
	for name, do := range map[string]func(*container, *service){
		"killed": func(_ *container, s *service) { s.kill() },
		"stopped": func(c *container, s *service) {
			kit.OK(c.t, "systemctl", "stop", s.name) // it gets SIGKILL, as the container takes no notice
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := create(t, newPodman(t, setting{}), "gone", deaf)
			c.override(map[string]string{"killed": "Restart=no", "stopped": "TimeoutStopSec=1"}[name])
			c.podman.ok(t, "start", c.name)
			c.await("up")
			s, keeper := c.service(), pidfd(t, c.keeper())
			do(c, s)
			s.end()
			if got := c.ps(); !strings.HasPrefix(got, "Up") {
				t.Errorf("podman ps says %q", got)
			}
			c.shared.Go(t)
			c.ended(7)
			must(t, keeper.WaitExit(kit.Context(t)))
			c.remove()
		})
	}
}

// TestReexec: the manager itself is replaced, and the monitor is killed then.
func TestReexec(t *testing.T) {
	c := start(t, newPodman(t, setting{}), "reexec", "read x </shared/go; echo done; exit 7", "--interactive")
	s := c.service()
	kit.OK(t, "systemctl", "daemon-reexec")
	s.kill()
	s.running()
	c.shared.Go(t)
	c.ended(7)
	s.exit(7)
	if got := c.logs(); got != "done\n" {
		t.Errorf("podman logs says %q", got)
	}
	c.remove()
}
