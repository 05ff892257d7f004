package lifecycle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/tests/kit"
)

// ticker counts in a tmpfs and on stdout, and ends with 9 at SIGTERM.
const ticker = `trap 'exit 9' TERM; i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.1; done`

// scene is a runtime with a bundle.
type scene struct {
	*testing.T
	rt     *oci.Runtime
	bundle string
	dir    string // for pid files and images
	image  string // a checkpoint of the bundle; empty if the runtime makes none
}

// lacks are the operations that a runtime, as Debian 12 has it, cannot do: crun
// has no figures, nothing saves the state of processes without criu, and runsc of
// 2022 can neither change limits nor leave a container running.
func (s *scene) lacks(op lifecycle.Op) bool {
	saving := []lifecycle.Op{lifecycle.OpCheckpoint, lifecycle.OpCheckpointLeave, lifecycle.OpRestore}
	return slices.Contains(map[string][]lifecycle.Op{
		"runc":  saving,
		"crun":  append(saving, lifecycle.OpStats),
		"runsc": {lifecycle.OpUpdate, lifecycle.OpCheckpointLeave},
	}[s.rt.Name], op)
}

// scenes runs f with each runtime that works here.
func scenes(t *testing.T, script string, f func(s *scene)) {
	for _, name := range []string{"runc", "crun", "runsc"} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, name, script)
			if name == "crun" && !s.works() {
				return
			}
			f(s)
		})
	}
}

func newScene(t *testing.T, name, script string) *scene {
	t.Helper()
	rt, err := oci.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{T: t, rt: rt, dir: short(t)}
	rt.Root = filepath.Join(s.dir, "root")
	if err := os.Mkdir(rt.Root, 0o700); err != nil {
		t.Fatal(err)
	}
	if name == "runsc" {
		rt.Args = []string{"--platform=ptrace", "--network=none"} // with the host's network it saves no state
	}
	s.bundle = makeBundle(t, script)
	return s
}

// short is a directory whose path leaves room for a socket in it.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "life")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func makeBundle(t *testing.T, script string) string {
	t.Helper()
	spec := specs.Spec{
		Version: "1.0.0",
		Root:    &specs.Root{Path: kit.BusyboxRoot(t), Readonly: true},
		Process: shell(script),
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs"},
			{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs"},
		},
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
			{Type: specs.MountNamespace},
			{Type: specs.PIDNamespace},
			{Type: specs.IPCNamespace},
			{Type: specs.UTSNamespace},
			{Type: specs.NetworkNamespace},
		}},
	}
	data, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	dir := short(t)
	if err := os.WriteFile(filepath.Join(dir, "config.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shell is a process that runs a script.
func shell(script string) *specs.Process {
	return &specs.Process{Args: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/bin"}, Cwd: "/"}
}

// works tries the runtime, and tells why if it does not work: crun up to 1.13 needs
// CAP_SYS_RESOURCE, which the machine may not give.
func (s *scene) works() bool {
	c := s.container()
	if err := c.Create(kit.Context(s), s.options(c, [3]*os.File{})); err != nil {
		s.Logf("%s does not work here: %v", s.rt.Name, err)
		return false
	}
	return true
}

// container is one that does not exist yet, and will not after the test.
func (s *scene) container() *lifecycle.Container {
	s.Helper()
	id, err := oci.NewID()
	if err != nil {
		s.Fatal(err)
	}
	c := lifecycle.New(s.rt, id, "web")
	s.Cleanup(func() {
		if err := c.Delete(kit.Context(s), true); err != nil {
			s.Errorf("delete with force: %v", err)
		}
		_ = c.Close()
	})
	return c
}

func (s *scene) pidFile(c *lifecycle.Container) string {
	return filepath.Join(s.dir, c.ID()[:12]+".pid")
}

func (s *scene) options(c *lifecycle.Container, stdio [3]*os.File) lifecycle.CreateOptions {
	return lifecycle.CreateOptions{Bundle: s.bundle, PIDFile: s.pidFile(c), Stdio: stdio}
}

// in makes a container that is in a state.
func (s *scene) in(state lifecycle.State) *lifecycle.Container {
	s.Helper()
	ctx, c := kit.Context(s), s.container()
	steps := []struct {
		to lifecycle.State
		do func() error
	}{
		{lifecycle.Deleted, func() error { return nil }},
		{lifecycle.Created, func() error { return c.Create(ctx, s.options(c, [3]*os.File{})) }},
		{lifecycle.Running, func() error { return c.Start(ctx) }},
		{lifecycle.Paused, func() error { return c.Pause(ctx) }},
		{lifecycle.Stopped, func() error { return s.end(c) }},
	}
	for _, step := range steps {
		if step.to == lifecycle.Paused && state == lifecycle.Stopped {
			continue
		}
		if err := step.do(); err != nil {
			s.Fatalf("on the way to %s: %v", state, err)
		}
		if step.to == state {
			break
		}
	}
	if got, err := c.Status(ctx); got != state || err != nil {
		s.Fatalf("made %s: %s, %v", state, got, err)
	}
	return c
}

// end kills a container and waits for its end.
func (s *scene) end(c *lifecycle.Container) error {
	if err := c.Kill(kit.Context(s), "KILL"); err != nil {
		return err
	}
	_, err := c.Wait(kit.Context(s))
	return err
}
