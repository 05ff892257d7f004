package oci

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/oci"
)

// busybox makes a root directory of the machine's static busybox.
func busybox(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "bin/busybox"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sh", "id", "cat", "touch", "hostname", "true", "ls", "ip"} {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func sh(script string) []string { return []string{"sh", "-c", script} }

func TestRootFS(t *testing.T) {
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		got := output(t, rt, oci.Options{
			RootFS: busybox(t), Name: "web", User: "7:8", Env: []string{"A=b c"}, Network: "none",
			Args: sh(`id -u; id -g; hostname; echo "$HOSTNAME $HOME $A $container"; ls /sys/class/net; grep ^NoNewPrivs /proc/self/status
touch /x; exit 7`),
		})
		want := "7\n8\nweb\nweb / b c unitmon\nlo\nNoNewPrivs:\t1\ntouch: /x: Permission denied\nexit 7\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestVolumes(t *testing.T) {
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		rw, ro := t.TempDir(), t.TempDir()
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, []byte("file\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		got := output(t, rt, oci.Options{
			RootFS: busybox(t), Volumes: []string{rw + ":/rw", ro + ":/deep/ro:ro", file + ":/etc/file:ro"},
			Args: sh("touch /rw/x && echo written; cat /etc/file; echo >/etc/file; touch /deep/ro/x"),
		})
		if want := "written\nfile\nsh: can't create /etc/file: Read-only file system\ntouch: /deep/ro/x: Read-only file system\nexit 1\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if _, err := os.Stat(filepath.Join(rw, "x")); err != nil {
			t.Error(err)
		}
	})
}

// TestHostRoot asserts that the host's root is read-only all the way down, and
// that the private directories are writable and nobody else's.
func TestHostRoot(t *testing.T) {
	nested, err := os.MkdirTemp("/srv", "nested")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "none", nested).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	defer func() { _ = exec.Command("umount", nested).Run() }()
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		got := output(t, rt, oci.Options{
			Env:  []string{"N=" + nested, "LC_ALL=C"},
			Args: sh("echo hi; touch /etc/x $N/x; touch /tmp/y /run/y && ls /tmp /run; touch /x; cat /proc/sys/kernel/pid_max >/dev/null"),
		})
		want := "hi\ntouch: cannot touch '/etc/x': Read-only file system\n" +
			"touch: cannot touch '" + nested + "/x': Read-only file system\n" +
			"/run:\ny\n\n/tmp:\ny\ntouch: cannot touch '/x': Read-only file system\nexit 0\n"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestNotify asserts that a container's message arrives, and that its runtime
// does not wait for one.
func TestNotify(t *testing.T) {
	runtimes(t, func(t *testing.T, rt *oci.Runtime) {
		path := filepath.Join(t.TempDir(), "notify")
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		t.Setenv("NOTIFY_SOCKET", path)
		got := output(t, rt, oci.Options{
			Args:         sh("echo $NOTIFY_SOCKET; systemd-notify --no-block --ready"),
			NotifySocket: path,
		})
		if want := "/run/notify/notify.sock\nexit 0\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		buf := make([]byte, 100)
		if n, err := conn.Read(buf); err != nil || string(buf[:n]) != "READY=1" {
			t.Errorf("message %q, %v", buf[:n], err)
		}
	})
}
