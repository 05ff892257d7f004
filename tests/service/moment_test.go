package service

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// holder is a runc that can be held: while a FIFO has the name of one of its
// commands, such a command tells so and waits until that is opened for writing.
// "created" is when create has done its work.
type holder struct {
	t    *testing.T
	path string // the program
	dir  string
	said *os.File
}

const holderScript = `#!/bin/sh
hold() { if [ -p %[1]s/$1 ]; then echo $1 >%[1]s/said; read x <%[1]s/$1; fi; }
for arg; do case $arg in create|start|delete) hold $arg; break;; esac; done
/usr/sbin/runc "$@"
status=$?
[ "$arg" != create ] || hold created
exit $status
`

func newHolder(t *testing.T) *holder {
	t.Helper()
	dir := t.TempDir()
	h := &holder{t: t, dir: dir, path: filepath.Join(dir, "runc")}
	must(t, os.WriteFile(h.path, fmt.Appendf(nil, holderScript, dir), 0o755))
	must(t, syscall.Mkfifo(filepath.Join(dir, "said"), 0o600))
	f, err := os.OpenFile(filepath.Join(dir, "said"), os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	h.said = f
	return h
}

// podman is one with this runtime.
func (h *holder) podman() podman {
	return newPodman(h.t, setting{engine: fmt.Sprintf("[engine.runtimes]\nrunc = [%q]", h.path)})
}

// hold has a command held, from now on.
func (h *holder) hold(command string) {
	h.t.Helper()
	must(h.t, syscall.Mkfifo(filepath.Join(h.dir, command), 0o600))
}

// await waits until a command is held.
func (h *holder) await(command string) {
	h.t.Helper()
	buf := make([]byte, 64)
	n, err := h.said.Read(buf)
	must(h.t, err)
	if got := string(buf[:n]); got != command+"\n" {
		h.t.Fatalf("%q is held, want %s", got, command)
	}
}

// let lets everybody go who is held, and holds nobody any more.
func (h *holder) let(command string) {
	h.t.Helper()
	path := filepath.Join(h.dir, command)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(h.t, err)
	must(h.t, os.Remove(path))
	_, err = f.WriteString("go\ngo\ngo\n")
	must(h.t, err)
	h.t.Cleanup(func() { _ = f.Close() })
}

// onlyService waits until there is a service of a monitor's for the container,
// and follows it.
func (c *container) onlyService() *service {
	c.t.Helper()
	for _, u := range c.units() {
		if strings.HasSuffix(u, ".service") {
			s := follow(c.t, u)
			s.running()
			return s
		}
	}
	c.t.Fatalf("there is no service among %q", c.units())
	return nil
}

// TestKilled_Creating: the monitor is killed while the runtime is at work. The
// runtime dies with it; podman is told that the container was not created, and
// can try again.
func TestKilled_Creating(t *testing.T) {
	for _, moment := range []string{"create", "created"} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			h := newHolder(t)
			c := create(t, h.podman(), "creating", "exit 7")
			h.hold(moment)
			podman := kit.Start(t, c.podman.line("start", "--attach", c.name)...)
			h.await(moment)
			s := c.onlyService()
			s.kill()
			r := podman.Wait()
			if r.Code != 125 || !strings.Contains(r.Stderr, "monitor was killed") {
				t.Errorf("podman start: %+v", r)
			}
			s.end()
			h.let(moment)
			c.noUnits()
			if r := c.podman.run(t, "start", "--attach", c.name); r.Code != 7 {
				t.Errorf("podman start once more: %+v", r)
			}
			c.ended(7)
			c.remove()
		})
	}
}

// TestKilled_Created: the monitor is killed when the container is created and
// not started yet. podman starts it as if nothing had been.
func TestKilled_Created(t *testing.T) {
	t.Parallel()
	c := create(t, newPodman(t, setting{}), "created", "echo hello; exit 7")
	c.podman.ok(t, "init", c.name)
	s := c.service()
	s.kill()
	c.podman.ok(t, "start", c.name)
	c.ended(7)
	s.exit(7)
	if got := c.logs(); got != "hello\n" {
		t.Errorf("podman logs says %q", got)
	}
	c.remove()
}

// TestKilled_Exited: the container ends while its monitor is stopped, which is
// then killed: what it wrote and how it ended is all there.
func TestKilled_Exited(t *testing.T) {
	for name, script := range map[string]string{
		"7":   "read x </shared/go; seq 1 1000; exit 7",
		"137": "read x </shared/go; seq 1 1000; kill -9 $$", // of no use to the first process of a namespace
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPodman(t, setting{})
			var options []string
			if name == "137" {
				options = []string{"--pid=host"}
			}
			c := start(t, p, "exited", script, options...)
			s := c.service()
			init := pidfd(t, number(t, c.inspect("{{.State.Pid}}")))
			must(t, syscall.Kill(s.running(), syscall.SIGSTOP))
			c.shared.Go(t)
			must(t, init.WaitExit(kit.Context(t)))
			s.kill()
			code := number(t, name)
			c.ended(code)
			s.exit(code)
			if got, want := c.logs(), kit.OK(t, "seq", "1", "1000"); got != want {
				t.Errorf("podman logs says %d bytes, want %d", len(got), len(want))
			}
			c.remove()
		})
	}
}

// TestKilled_ExitCommand: the monitor is killed while the exit command runs. That
// goes on, the next monitor runs another, and podman knows the end.
func TestKilled_ExitCommand(t *testing.T) {
	for _, options := range [][]string{nil, {"--rm"}} {
		t.Run(fmt.Sprint(options), func(t *testing.T) {
			t.Parallel()
			h := newHolder(t)
			c := start(t, h.podman(), "cleanup", "read x </shared/go; echo done; exit 7", options...)
			s := c.service()
			keeper := pidfd(t, c.keeper())
			wait := kit.Start(t, c.podman.line("wait", c.name)...)
			h.hold("delete")
			c.shared.Go(t)
			h.await("delete")
			for range 3 {
				s.kill()
			}
			s.running()
			if ended, err := keeper.Exited(); err != nil || ended {
				t.Errorf("the keeper has ended (%v, %v), and the exit command runs", ended, err)
			}
			h.let("delete")
			if r := wait.Wait(); r.Stdout != "7\n" {
				t.Errorf("podman wait: %+v", r)
			}
			s.exit(7)
			must(t, keeper.WaitExit(kit.Context(t)))
			if options == nil {
				c.ended(7)
				c.remove()
				return
			}
			c.nothingLeft()
			if r := c.podman.run(t, "container", "exists", c.id); r.Code != 1 {
				t.Errorf("podman container exists: %+v", r)
			}
		})
	}
}

// TestKilled_Restart: with a restart policy the exit command is what starts the
// next monitor. Killing the one that runs it makes no second container, and
// takes nothing from the next.
func TestKilled_Restart(t *testing.T) {
	t.Parallel()
	h := newHolder(t)
	c := start(t, h.podman(), "again", "echo run >/shared/said; read x; echo $x >/shared/said; exit 3", "--restart=always", "--interactive")
	c.await("run")
	s, keeper := c.service(), pidfd(t, c.keeper())
	h.hold("start")
	c.typeIn("one")
	c.await("one")
	h.await("start")
	for range 2 {
		s.kill()
		s.running()
	}
	h.let("start")
	c.await("run")
	s.end()
	must(t, keeper.WaitExit(kit.Context(t)))
	if got := c.inspect("{{.RestartCount}} {{.State.Status}}"); got != "1 running" {
		t.Errorf("after a restart: %s", got)
	}
	next := c.service()
	if next.name == s.name {
		t.Errorf("the same service %s", s.name)
	}
	h.hold("start")
	c.typeIn("two")
	c.await("two")
	h.await("start")
	next.kill()
	next.running()
	h.let("start")
	c.await("run")
	next.end()
	last := c.service()
	c.podman.ok(t, "stop", "--time=0", c.name)
	last.exit(137)
	c.remove()
}

// typeIn attaches to the container and types a line into it.
func (c *container) typeIn(line string) {
	c.t.Helper()
	kit.OK(c.t, "sh", "-c", "echo "+line+" | "+strings.Join(c.podman.line("attach", c.name), " "))
}
