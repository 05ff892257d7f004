package oci

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/oci"
)

// asUserVerb is the argument that makes this program asUser.
const asUserVerb = "as-user"

// TestRootless runs containers in a delegated service of a user's own manager.
func TestRootless(t *testing.T) {
	for _, network := range []string{"host", "none"} {
		t.Run(network, func(t *testing.T) {
			runtimes(t, func(t *testing.T, rt *oci.Runtime) {
				want := "hi\n0 0\ntouch: cannot touch '/etc/x': Read-only file system\n/tmp/y\n0::/\nexit 3\n"
				if got := userService(t, asUserVerb, rt.Name, network); got != want {
					t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
				}
			})
		})
	}
}

// userService runs this program in a transient service of the user.
func userService(t *testing.T, args ...string) string {
	t.Helper()
	u, err := osuser.Lookup(user)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("setpriv", append([]string{
		"--reuid", u.Uid, "--regid", u.Gid, "--clear-groups",
		"env", "-i", "PATH=/usr/bin:/bin", "HOME=" + u.HomeDir, "XDG_RUNTIME_DIR=/run/user/" + u.Uid,
		"systemd-run", "--user", "--wait", "--pipe", "--quiet", "-p", "Delegate=yes", exe,
	}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	return string(out)
}

// asUser runs a container of the host's own root on its own output.
func asUser(args []string) int {
	if err := rootless(context.Background(), args[0], args[1]); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func rootless(ctx context.Context, runtime, network string) error {
	rt, err := oci.Find(ctx, runtime)
	if err != nil {
		return err
	}
	cgroup, err := ownCgroup()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(os.Getenv("XDG_RUNTIME_DIR"), "oci")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c, err := prepare(rt, oci.Options{
		Rootless: true, UID: os.Getuid(), GID: os.Getgid(), Network: network, CgroupsPath: filepath.Join(cgroup, "container"),
		Env:  []string{"LC_ALL=C"},
		Args: sh("echo hi; echo $(id -u) $(id -g); touch /etc/x; touch /tmp/y && ls /tmp/y; tail -n 1 /proc/self/cgroup; exit 3"),
	}, dir)
	if err != nil {
		return err
	}
	status, err := c.run(ctx, [3]*os.File{nil, os.Stdout, os.Stdout})
	if err != nil {
		return err
	}
	fmt.Println("exit", status.ExitStatus())
	return nil
}

// ownCgroup leaves the service's cgroup for one below it, so that the service's
// may have others, and gives the service's.
func ownCgroup() (string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	_, path, _ := strings.Cut(string(data), "0::")
	path = strings.TrimSpace(path)
	sub := filepath.Join("/sys/fs/cgroup", path, "supervisor")
	if err := os.Mkdir(sub, 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(filepath.Join(sub, "cgroup.procs"), []byte("0"), 0o644)
}
