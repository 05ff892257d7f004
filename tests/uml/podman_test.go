package uml

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// image is a static busybox with its applets.
const image = "localhost/img"

// imported is done by the first test that needs the image.
var imported sync.Once

// podman runs podman with a monitor and a runtime.
func podman(t *testing.T, m monitor, runtime string, args ...string) kit.Result {
	t.Helper()
	imported.Do(func() {
		archive := filepath.Join(t.TempDir(), "root.tar")
		kit.OK(t, "tar", "c", "-f", archive, "-C", kit.BusyboxRoot(t), ".")
		kit.OK(t, "podman", "import", "--quiet", archive, image)
	})
	line := []string{"podman", "--conmon", m.path(), "--runtime", runtime, "--cgroup-manager", "systemd"}
	return kit.Run(t, append(line, args...)...)
}

// scene is a container that reaches a limit. Its output begins with the limits.
type scene struct {
	monitor       monitor
	runtime       string
	name, script  string
	code          int
	stdout        string
	refused, dead bool // a fork was refused; something was killed for its memory
}

// TestPodman: a limit ends what it should end, and podman says so. That a
// container was killed for its memory, podman learns from the monitor alone, by
// an empty file in the bundle. systemd removes the container's scope, and with
// it the kernel's count, so soon that Debian's conmon often sees nothing: what
// podman says then is only logged.
func TestPodman(t *testing.T) {
	for _, s := range []scene{
		// Too many processes are no OOM; what is one then kills only a child,
		// before the shell ends with its exit code.
		{debian(), "runc", "child", multiply + "; echo $?; " + exhaust + "; exit $?", 137, "2\n", true, true},
		{ours(), "runc", "child", multiply + "; echo $?; " + exhaust + "; exit $?", 137, "2\n", true, true},
		{ours(), "runc", "main", "exec " + exhaust, 137, "", false, true},
		{ours(), "crun", "main", "exec " + exhaust, 137, "", false, true},
		{ours(), "crun", "pids", multiply + "; exit 3", 3, "", true, false},
	} {
		t.Run(s.monitor.name+"-"+s.runtime+"-"+s.name, func(t *testing.T) { playPodman(t, s) })
	}
}

// playPodman runs the container in the foreground and then asks podman.
func playPodman(t *testing.T, s scene) {
	name := "limits"
	t.Cleanup(func() { podman(t, s.monitor, s.runtime, "rm", "--force", "--time=0", name) })
	r := podman(t, s.monitor, s.runtime, "run", "--name", name, "--network=none",
		fmt.Sprint("--memory=", memoryLimit), fmt.Sprint("--memory-swap=", memoryLimit), fmt.Sprint("--pids-limit=", pidsLimit),
		image, "sh", "-c", "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; "+s.script)
	want := fmt.Sprintf("%d\n%d\n%s", memoryLimit, pidsLimit, s.stdout)
	if r.Code != s.code || r.Stdout != want || strings.Contains(r.Stderr, refused) != s.refused {
		t.Errorf("got %+v, want code %d, output %q and %t for a refused fork", r, s.code, want, s.refused)
	}
	got := podman(t, s.monitor, s.runtime, "inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}} {{.OCIRuntime}}", name)
	t.Logf("podman inspect: %s", got.Stdout)
	said := fmt.Sprintf("%d %t %s\n", s.code, s.dead, s.runtime)
	if s.monitor == debian() {
		said = fmt.Sprintf("%d %t %s\n", s.code, strings.Contains(got.Stdout, " true "), s.runtime)
	}
	if got.Stdout != said {
		t.Errorf("podman inspect says %+v, want %q", got, said)
	}
}
