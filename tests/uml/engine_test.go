package uml

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/tests/kit"
)

// limit gives the container of a bundle a control group with a limit, and at
// /files the machine's programs, of which nothing is in the guest's cache yet.
func limit(t *testing.T, bundle, group string) {
	t.Helper()
	path := filepath.Join(bundle, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var spec specs.Spec
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	bytes := int64(memoryLimit)
	spec.Linux.CgroupsPath = group
	spec.Linux.Resources = &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &bytes, Swap: &bytes}}
	spec.Mounts = append(spec.Mounts, specs.Mount{
		Destination: "/files", Type: "hostfs", Source: "hostfs", Options: []string{"ro", "/usr/bin"},
	})
	if data, err = json.Marshal(spec); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEngine_Files: for an engine that reads them itself, such as CRI-O, the
// monitor leaves an empty file "oom" in the persist directory and in the
// bundle, and leaves none where nothing was killed. Where Debian's conmon
// leaves them is only logged.
func TestEngine_Files(t *testing.T) {
	root := kit.BusyboxRoot(t)
	// Cached files count too, until there is need: more of them than the limit
	// allows raises "max" of memory.events and kills nobody.
	const reclaim = "cat /files/podman /files/linux.uml >/dev/null; "
	for _, m := range []monitor{debian(), ours()} {
		for _, s := range []ending{
			{"main", "exec " + exhaust, 137, true},
			{"child", exhaust + "; exit 4", 4, true},
			{"reclaim-child", reclaim + exhaust + "; exit 5", 5, true},
			{"reclaim", reclaim + "exit 6", 6, false},
		} {
			t.Run(m.name+"-"+s.name, func(t *testing.T) { playEngine(t, m, root, s) })
		}
	}
}

// ending is how a container with limited memory ends.
type ending struct {
	name, script string
	code         int
	oom          bool
}

func playEngine(t *testing.T, m monitor, root string, s ending) {
	t.Setenv("PATH", m.dir+":"+os.Getenv("PATH"))
	bundle := kit.ShellBundle(t, root, kit.Share(t), s.script)
	limit(t, bundle, "/uml-test")
	persist := t.TempDir()
	c := kit.NewConmon(t, "limits", bundle, "--persist-dir", persist)
	c.Start(t)
	if code := c.Wait(t); code != s.code {
		t.Errorf("exit code %d, want %d", code, s.code)
	}
	// The control group is there until the container is deleted.
	if met, killed := counted(t, "max"), counted(t, "oom_kill"); !met || killed != s.oom {
		t.Fatalf("limit met: %t, killed: %t; want %t: the scene is not what it should be", met, killed, s.oom)
	}
	for _, dir := range []string{persist, bundle} {
		fi, err := os.Stat(filepath.Join(dir, "oom"))
		switch {
		case m == debian():
			t.Logf("%s: %t", dir, err == nil)
		case s.oom && (err != nil || fi.Size() != 0):
			t.Errorf("no empty file in %s: %v", dir, err)
		case !s.oom && !errors.Is(err, fs.ErrNotExist):
			t.Errorf("a file in %s (%v), and nothing was killed", dir, err)
		}
	}
}

// counted reports whether a counter of the container's memory.events has risen.
func counted(t *testing.T, name string) bool {
	t.Helper()
	data, err := os.ReadFile("/sys/fs/cgroup/uml-test/memory.events")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); f[0] == name {
			return f[1] != "0"
		}
	}
	t.Fatalf("memory.events has no %s: %s", name, data)
	return false
}
