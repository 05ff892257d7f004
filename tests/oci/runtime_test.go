package oci

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/oci"
)

func TestLifeCycle(t *testing.T) {
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		ctx := t.Context()
		c, err := prepare(rt, oci.Options{Args: []string{"sleep", "inf"}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		init, err := c.create(ctx, [3]*os.File{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = init.Close() }()
		defer func() { _ = rt.Delete(ctx, c.id, true) }()
		want(t, c, specs.StateCreated)
		if err := rt.Start(ctx, c.id); err != nil {
			t.Fatal(err)
		}
		want(t, c, specs.StateRunning)
		if err := rt.Delete(ctx, c.id, false); err == nil {
			t.Error("a running container was deleted")
		}
		if err := rt.Kill(ctx, c.id, "KILL", false); err != nil {
			t.Fatal(err)
		}
		status, err := exitOf(ctx, init)
		if err != nil || !status.Signaled() || status.Signal() != syscall.SIGKILL {
			t.Errorf("status %v, %v", status, err)
		}
		want(t, c, specs.StateStopped)
		stopped(t, c)
	})
}

func want(t *testing.T, c *container, s specs.ContainerState) {
	t.Helper()
	if got := stateOf(t, c); got != s {
		t.Errorf("state %s, want %s", got, s)
	}
}

// stopped asserts the errors that callers branch on, of a container that has
// exited and then of none.
func stopped(t *testing.T, c *container) {
	t.Helper()
	ctx, rt := t.Context(), c.rt
	for _, err := range []error{rt.Kill(ctx, c.id, "TERM", false), rt.Start(ctx, c.id)} {
		if !errors.Is(err, oci.ErrNotRunning) {
			t.Errorf("stopped: %v", err)
		}
	}
	if err := rt.Delete(ctx, c.id, false); err != nil {
		t.Error(err)
	}
	_, err := rt.State(ctx, c.id)
	for _, err := range []error{err, rt.Start(ctx, c.id), rt.Kill(ctx, c.id, "TERM", false), rt.Delete(ctx, c.id, false)} {
		if !errors.Is(err, oci.ErrNotExist) {
			t.Errorf("deleted: %v", err)
		}
	}
	if err := rt.Delete(ctx, c.id, true); err != nil {
		t.Errorf("delete with force: %v", err)
	}
}

// TestExitCode asks the runtimes for the texts in internal/oci's table.
func TestExitCode(t *testing.T) {
	root := busybox(t)
	if err := os.WriteFile(filepath.Join(root, "plain"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for arg, code := range map[string]int{"nope": 127, "/nope": 127, "/plain": 126, "/bin": 126} {
		t.Run(arg, func(t *testing.T) {
			runtimes(t, func(t *testing.T, rt *oci.Runtime) {
				c, err := prepare(rt, oci.Options{RootFS: root, Args: []string{arg}}, t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				_, err = c.run(t.Context(), [3]*os.File{})
				var e *oci.Error
				if !errors.As(err, &e) || e.Verb != "create" || e.ExitCode() != code {
					t.Errorf("%v, want %d", err, code)
				}
				if list, _ := os.ReadDir(c.dir); len(list) != 1 {
					t.Errorf("left in the bundle: %v", list)
				}
			})
		})
	}
}

// TestExitCode_Runtime breaks a bundle in a way that only the runtime sees.
func TestExitCode_Runtime(t *testing.T) {
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		c, err := prepare(rt, oci.Options{RootFS: busybox(t), Args: []string{"true"}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(c.dir, "config.json"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = c.run(t.Context(), [3]*os.File{})
		var e *oci.Error
		if !errors.As(err, &e) || e.ExitCode() != 125 || e.Message == "" {
			t.Errorf("got %v", err)
		}
	})
}

// TestExec_Format asserts what the table in internal/oci says of errors that
// come of execve(2): they are the container's own exit.
func TestExec_Format(t *testing.T) {
	root := busybox(t)
	if err := os.WriteFile(filepath.Join(root, "bad"), []byte("\x7fELF"), 0o755); err != nil {
		t.Fatal(err)
	}
	rt, err := oci.Find(t.Context(), "runc")
	if err != nil {
		t.Fatal(err)
	}
	got := output(t, rt, oci.Options{RootFS: root, Args: []string{"/bad"}})
	if diff := cmp.Diff("exec /bad: exec format error\nexit 1\n", got); diff != "" {
		t.Error(diff)
	}
}

// TestFind_Works asserts that the runtime that is chosen can run the plainest
// container, with nothing taken away from its configuration.
func TestFind_Works(t *testing.T) {
	rt, err := oci.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := oci.Build(oci.Options{Args: []string{"true"}, CgroupsPath: "/oci-test/find"})
	if err != nil {
		t.Fatal(err)
	}
	c := &container{rt, "find", t.TempDir()}
	if err := b.Write(c.dir); err != nil {
		t.Fatal(err)
	}
	if status, err := c.run(t.Context(), [3]*os.File{}); err != nil || status != 0 {
		t.Errorf("%s: status %v, %v", rt.Name, status, err)
	}
}
