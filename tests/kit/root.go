package kit

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// BusyboxRoot makes a root directory with a static busybox and its applets.
func BusyboxRoot(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	for _, d := range []string{"bin", "dev", "proc", "sys", "tmp", "run", "etc"} {
		must(t, os.Mkdir(filepath.Join(root, d), 0o755))
	}
	data, err := os.ReadFile("/bin/busybox")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "bin/busybox"), data, 0o755))
	OK(t, "chroot", root, "/bin/busybox", "--install", "-s", "/bin")
	must(t, os.Chmod(root, 0o755))
	return root
}

// SharedPIDBundle makes a bundle whose process is in the box's own pid
// namespace: the kernel shields the first process of a namespace from signals,
// this one it does not.
func SharedPIDBundle(t testing.TB, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	spec := specs.Spec{
		Version: specs.Version,
		Root:    &specs.Root{Path: BusyboxRoot(t), Readonly: true},
		Process: &specs.Process{Args: args, Env: []string{"PATH=/bin"}, Cwd: "/"},
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc", Source: "proc"},
			{Destination: "/dev", Type: "tmpfs", Source: "tmpfs"},
		},
		Linux: &specs.Linux{Namespaces: []specs.LinuxNamespace{
			{Type: specs.MountNamespace}, {Type: specs.IPCNamespace}, {Type: specs.UTSNamespace},
		}},
	}
	data, err := json.Marshal(spec)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644))
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
