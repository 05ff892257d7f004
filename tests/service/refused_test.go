package service

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// wantRefused checks that the journal says once that the container's monitor is
// not a service, and why, and that there was no such unit.
func (c *container) wantRefused(why string) {
	c.t.Helper()
	kit.Sync(c.t)
	var said []string
	for _, text := range kit.Messages(c.t, "SYSLOG_IDENTIFIER=conmon") {
		if strings.Contains(text, c.id) {
			said = append(said, text)
		}
	}
	if want := "container " + c.id + ": not a service: " + why; !slices.Equal(said, []string{want}) {
		c.t.Errorf("the journal says %q, want %q", said, want)
	}
	for _, text := range kit.Messages(c.t, "_PID=1") {
		if strings.Contains(text, "unitmon-conmon-"+c.id[:12]) {
			c.t.Errorf("there was a unit: %s", text)
		}
	}
}

// TestRefused: where the monitor cannot be a service it stays what it is else,
// and says so.
func TestRefused(t *testing.T) {
	const shares = "the monitor has mounts of its own, or its mount namespace is not known"
	alice := kit.LookupUser(t, rootlessUser)
	for _, r := range []struct {
		name, why, logs string
		user            *kit.User
		options         []string
	}{
		{"uidmap", shares, "hello\n", nil, []string{"--uidmap=0:100000:65536"}},
		{"passthrough", "the container has the engine's own input and output (--log-driver=passthrough)", "", nil, []string{"--log-driver=passthrough"}},
		{"rootless", "the monitor is not root in the system manager's user namespace; " + shares + "; the manager is a user's own", "hello\n", &alice, nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			p := newPodman(t, setting{user: r.user})
			if r.user != nil {
				kit.OK(t, "loginctl", "enable-linger", r.user.Name)
			}
			c := share(t, p, r.name)
			p.ok(t, c.args("create", "echo hello; exit 7", r.options...)...)
			c.id = c.inspect("{{.Id}}") // with passthrough podman does not say it
			if got := p.run(t, "start", "--attach", c.name); got.Code != 7 {
				t.Errorf("podman start: %+v", got)
			}
			c.ended(7)
			if r.logs != "" && c.logs() != r.logs {
				t.Errorf("podman logs says %q", c.logs())
			}
			c.wantRefused(r.why)
			p.ok(t, "rm", c.name)
			c.noUnits()
		})
	}
}

// TestRefused_Split: in a service that podman was started by, the monitor is the
// main process.
func TestRefused_Split(t *testing.T) {
	t.Parallel()
	p := newPodman(t, setting{})
	c := share(t, p, "split")
	unit := c.name + ".service"
	run := append([]string{
		"systemd-run", "--quiet", "--unit", unit, "--property=Type=notify", "--property=NotifyAccess=all", "--property=Delegate=yes", "--property=KillMode=mixed",
		"--property=CollectMode=inactive-or-failed",
	}, p.line(c.args("run", "trap 'exit 3' TERM; echo hello; echo up >/shared/said; while :; do read x </shared/go; done",
		"--cgroups=split", "--sdnotify=conmon", "--detach")...)...)
	kit.OK(t, run...)
	c.await("up")
	c.id = c.inspect("{{.Id}}")
	c.wantRefused(fmt.Sprintf("the container shares %s with its monitor (--cgroups=split)", unit))
	s := follow(t, unit)
	if got, want := s.running(), c.keeper(); got != want {
		t.Errorf("the main process is %d, want the monitor, %d", got, want)
	}
	kit.OK(t, "systemctl", "stop", unit)
	s.exit(3)
	c.ended(3)
	c.remove()
}

// TestRefused_Exec: the monitor of a session is where the container's monitor
// was started, with a service beside it.
func TestRefused_Exec(t *testing.T) {
	t.Parallel()
	c := start(t, newPodman(t, setting{}), "session", "read x </shared/go")
	s := c.service()
	before := c.units()
	for range 2 {
		r := c.podman.run(t, "exec", c.name, "sh", "-c", "echo in; echo ready >/shared/said; exit 9")
		c.await("ready")
		if r.Stdout != "in\n" || r.Code != 9 {
			t.Errorf("podman exec: %+v", r)
		}
		if now := c.units(); !slices.Equal(now, before) {
			t.Errorf("there are units %q, were %q", now, before)
		}
		s.kill()
		s.running()
	}
	c.shared.Go(t)
	c.ended(0)
	s.exit(0)
	c.remove()
}
