package kit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// ShellBundle makes a bundle that runs a script with busybox's shell in root,
// a directory of BusyboxRoot, which may serve many bundles. The container has
// a pid namespace of its own, an empty /tmp, and the shared directory. The path
// is short enough for a socket in it (sun_path of unix(7) holds 107 bytes).
func ShellBundle(t testing.TB, root string, s Shared, script string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "bundle")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	spec := specs.Spec{
		Version: specs.Version,
		Root:    &specs.Root{Path: root, Readonly: true},
		Process: &specs.Process{Args: []string{"/bin/sh", "-c", script}, Env: []string{"PATH=/bin"}, Cwd: "/"},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs"},
			{Destination: "/tmp", Type: "tmpfs", Source: "tmpfs"},
			{Destination: "/shared", Type: "bind", Source: s.dir, Options: []string{"bind", "rw"}},
		},
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
			{Type: specs.MountNamespace}, {Type: specs.PIDNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace},
		}},
	}
	data, err := json.Marshal(spec)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644))
	return dir
}
