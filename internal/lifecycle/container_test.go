package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/oci"
)

// fake is a runtime of a shell script: one verb is replaced, state tells a
// running container, whose process is this one, and all else succeeds.
func fake(t *testing.T, verb, script string) *oci.Runtime {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runc")
	text := fmt.Sprintf(`#!/bin/sh
case "$1" in
%s) %s;;
state) echo '{"id":"web","status":"running","pid":%d}';;
esac
`, verb, script, os.Getpid())
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return &oci.Runtime{Path: path, Name: "runc"}
}

func mkfifo(t *testing.T, paths ...string) {
	t.Helper()
	if out, err := exec.Command("mkfifo", paths...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func opened(t *testing.T, r *oci.Runtime) *Container {
	t.Helper()
	c, err := Open(t.Context(), r, "web")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// TestKill_Hangs: a runtime that hangs in kill holds up no other operation (hazard
// H4 of gVisor's shim, which holds a lock meanwhile).
func TestKill_Hangs(t *testing.T) {
	dir := t.TempDir()
	begun, end := filepath.Join(dir, "begun"), filepath.Join(dir, "end")
	mkfifo(t, begun, end)
	c := opened(t, fake(t, "kill", fmt.Sprintf("echo >%s; read x <%s; exit 1", begun, end)))
	killed := make(chan error, 1)
	go func() { killed <- c.Kill(t.Context(), "TERM") }()
	if _, err := os.ReadFile(begun); err != nil { // waits until kill has begun
		t.Fatal(err)
	}
	for _, op := range []func(context.Context) error{c.Pause, c.Resume} {
		if err := op(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if s, err := c.Status(t.Context()); s != Running || err != nil {
		t.Errorf("status %s, %v", s, err)
	}
	select {
	case err := <-killed:
		t.Fatalf("kill has ended: %v", err)
	default:
	}
	if err := os.WriteFile(end, []byte("\n"), 0); err != nil {
		t.Fatal(err)
	}
	if err := <-killed; err == nil {
		t.Error("a kill that failed succeeded")
	}
}

// TestChange_Waits: two operations that change the state do not run at once, and
// one that waits ends with its context.
func TestChange_Waits(t *testing.T) {
	dir := t.TempDir()
	begun, end := filepath.Join(dir, "begun"), filepath.Join(dir, "end")
	mkfifo(t, begun, end)
	c := opened(t, fake(t, "pause", fmt.Sprintf("echo >%s; read x <%s", begun, end)))
	paused := make(chan error, 1)
	go func() { paused <- c.Pause(t.Context()) }()
	if _, err := os.ReadFile(begun); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Resume(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("resume: %v", err)
	}
	if err := os.WriteFile(end, []byte("\n"), 0); err != nil {
		t.Fatal(err)
	}
	if err := <-paused; err != nil || c.State() != Paused {
		t.Errorf("pause: %v, %s", err, c.State())
	}
	if err := c.Resume(t.Context()); err != nil || c.State() != Running {
		t.Errorf("resume: %v, %s", err, c.State())
	}
}

// TestExec_Fails: a process that could not be started has no exit code, least of
// all 0, whatever it is asked (hazard H3 of gVisor's shim).
func TestExec_Fails(t *testing.T) {
	for _, detach := range []bool{false, true} {
		c := opened(t, fake(t, "exec", "echo no such command >&2; exit 0; "))
		p, err := c.Process("1", oci.ExecOptions{
			Process: &specs.Process{Args: []string{"nosuch"}, Cwd: "/"}, PIDFile: filepath.Join(t.TempDir(), "pid"), Detach: detach,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context()); err == nil {
			t.Errorf("detach %v: a runtime that wrote no pid file started a process", detach)
		}
		e, err := p.Wait(t.Context())
		if err != nil || e.Known || !errors.Is(e.Reason, ErrExitUnknown) || p.State() != Stopped {
			t.Errorf("detach %v: %v, %v, %s", detach, e, err, p.State())
		}
		if err := p.Delete(); err != nil {
			t.Error(err)
		}
	}
}

// TestExec_RuntimeDies: a process whose runtime dies when it has just been started
// does not run for ever.
func TestExec_RuntimeDies(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	c := opened(t, fake(t, "exec", "echo $$ >"+pidFile+"; kill -9 $$"))
	for i := range 100 {
		p, err := c.Process(strconv.Itoa(i), oci.ExecOptions{Process: &specs.Process{Args: []string{"true"}, Cwd: "/"}, PIDFile: pidFile})
		if err != nil {
			t.Fatal(err)
		}
		_ = p.Start(t.Context()) // it may notice
		if e, err := p.Wait(t.Context()); err != nil || e.Known {
			t.Fatalf("its end: %v, %v", e, err)
		}
		if err := p.Delete(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpen_Errors(t *testing.T) {
	for script, want := range map[string]error{
		"echo container does not exist >&2; exit 1": oci.ErrNotExist,
		`echo '{"status":"odd"}'`:                   nil,
		`echo '{"status":"running","pid":0}'`:       nil,
	} {
		c, err := Open(t.Context(), fake(t, "state", script), "web")
		if err == nil || c != nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", script, err)
		}
	}
}
