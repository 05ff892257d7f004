package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// container is a bundle that has been written and its runtime.
type container struct {
	rt      *oci.Runtime
	id, dir string
}

// prepare writes the bundle that o describes to dir.
func prepare(rt *oci.Runtime, o oci.Options, dir string) (*container, error) {
	id, err := oci.NewID()
	if err != nil {
		return nil, err
	}
	o.ID = id
	if o.CgroupsPath == "" {
		o.CgroupsPath = "/oci-test/" + id
	}
	b, err := oci.Build(o)
	if err != nil {
		return nil, err
	}
	if rt.Name == "crun" {
		b.Spec.Linux.Resources = nil // crun 1.8 cannot set the device filter without CAP_SYS_RESOURCE
	}
	return &container{rt, id, dir}, b.Write(dir)
}

// create creates the container and opens its init.
func (c *container) create(ctx context.Context, stdio [3]*os.File) (*sys.Pidfd, error) {
	pidFile := filepath.Join(c.dir, "pid")
	if err := c.rt.Create(ctx, c.id, c.dir, pidFile, stdio); err != nil {
		return nil, err
	}
	pid, err := oci.ReadPIDFile(pidFile)
	if err != nil {
		return nil, err
	}
	return sys.OpenPidfd(pid)
}

// run runs the container to its end and deletes it.
func (c *container) run(ctx context.Context, stdio [3]*os.File) (status sys.WaitStatus, err error) {
	init, err := c.create(ctx, stdio)
	if err != nil {
		return 0, errors.Join(err, c.rt.Delete(ctx, c.id, true))
	}
	defer func() { err = errors.Join(err, init.Close(), c.rt.Delete(ctx, c.id, false)) }()
	if err := c.rt.Start(ctx, c.id); err != nil {
		return 0, err
	}
	return exitOf(ctx, init)
}

func exitOf(ctx context.Context, init *sys.Pidfd) (sys.WaitStatus, error) {
	if err := init.WaitReaped(ctx); err != nil {
		return 0, err
	}
	info, err := init.Info()
	if err != nil {
		return 0, err
	}
	status, known := info.ExitStatus()
	if !known {
		return 0, errors.New("the exit status is not known")
	}
	return status, nil
}

// runtimes are those that every machine for these tests has.
func runtimes(t *testing.T, f func(t *testing.T, rt *oci.Runtime)) {
	for _, name := range []string{"runc", "crun"} {
		t.Run(name, func(t *testing.T) {
			rt, err := oci.Find(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			rt.Root = t.TempDir()
			f(t, rt)
		})
	}
}

// output runs a container and gives what it wrote, stdout and stderr, and its
// exit status as the shell has it.
func output(t *testing.T, rt *oci.Runtime, o oci.Options) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	c, err := prepare(rt, o, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	status, err := c.run(t.Context(), [3]*os.File{nil, w, w})
	_ = w.Close()
	data, rerr := io.ReadAll(r)
	if err := errors.Join(err, rerr); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return fmt.Sprintf("%sexit %d\n", data, status.ExitStatus())
}

// stateOf asks for the status, or gives the error's text.
func stateOf(t *testing.T, c *container) specs.ContainerState {
	t.Helper()
	s, err := c.rt.State(t.Context(), c.id)
	if err != nil {
		t.Fatal(err)
	}
	if s.ID != c.id || s.Bundle != c.dir {
		t.Errorf("state of %s in %s", s.ID, s.Bundle)
	}
	return s.Status
}
