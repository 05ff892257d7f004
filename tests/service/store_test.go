package service

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// podman is one with a configuration of its own. All of a user's have the same
// containers.
type podman struct {
	dir  string // with the containers and the image
	conf string // containers.conf(5)
	user *kit.User
}

// setting is what a configuration has of its own.
type setting struct {
	monitor string // the program; empty is ours
	mode    string // UNITMON_UNIT; empty is service
	engine  string // further lines of the section [engine]
	user    *kit.User
}

// containersConf is containers.conf(5). The machine may lack the pids
// controller, a network and the right to raise limits.
const containersConf = `[containers]
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
log_driver = "k8s-file"
[engine]
runtime = "runc"
conmon_path = [%q]
conmon_env_vars = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "UNITMON_UNIT=%s"]
tmp_dir = "%s/tmp"
events_logger = "journald"
lock_type = "file"
%s
`

// storageConf is storage.conf(5).
const storageConf = `[storage]
driver = "overlay"
graphroot = "%[1]s/graph"
rootless_storage_path = "%[1]s/graph"
runroot = "%[1]s/run"
`

// image is the name of the only one: a static busybox.
const image = "img"

// stores are made when the first test of that user wants one.
var stores = map[string]func() (string, error){
	"":           sync.OnceValues(func() (string, error) { return makeStore(nil) }),
	rootlessUser: sync.OnceValues(func() (string, error) { return makeStore(lookup) }),
}

func lookup() (kit.User, error) {
	u, err := user.Lookup(rootlessUser)
	if err != nil {
		return kit.User{}, err
	}
	return kit.User{Name: u.Username, UID: u.Uid, GID: u.Gid, Home: u.HomeDir}, nil
}

// newPodman makes a podman.
func newPodman(t testing.TB, s setting) podman {
	t.Helper()
	name := ""
	if s.user != nil {
		name = s.user.Name
	}
	dir, err := stores[name]()
	must(t, err)
	if s.monitor == "" {
		s.monitor = ours
	}
	if s.mode == "" {
		s.mode = "service"
	}
	conf := filepath.Join(t.TempDir(), "containers.conf")
	must(t, os.WriteFile(conf, fmt.Appendf(nil, containersConf, s.monitor, s.mode, dir, s.engine), 0o644))
	must(t, os.Chmod(filepath.Dir(conf), 0o755))
	must(t, os.Chmod(filepath.Dir(filepath.Dir(conf)), 0o755))
	return podman{dir: dir, conf: conf, user: s.user}
}

// line is a command line of podman.
func (p podman) line(args ...string) []string {
	vars := []string{"CONTAINERS_STORAGE_CONF=" + p.dir + "/storage.conf", "LC_ALL=C.UTF-8"}
	if p.conf != "" {
		vars = append(vars, "CONTAINERS_CONF="+p.conf)
	}
	line := append(append(vars, "podman"), args...)
	if p.user != nil {
		return p.user.As(line...)
	}
	return append([]string{"env"}, line...)
}

// run runs podman.
func (p podman) run(t testing.TB, args ...string) kit.Result {
	t.Helper()
	return kit.Run(t, p.line(args...)...)
}

// ok is run of what must succeed; it returns what is written.
func (p podman) ok(t testing.TB, args ...string) string {
	t.Helper()
	return kit.OK(t, p.line(args...)...)
}

// makeStore makes a user's store with the image. It is gone with the box.
func makeStore(who func() (kit.User, error)) (string, error) {
	dir, err := os.MkdirTemp("", "pod")
	if err != nil {
		return "", err
	}
	p := podman{dir: dir}
	if who != nil {
		u, err := who()
		if err != nil {
			return "", err
		}
		p.user = &u
		if out, err := exec.Command("chown", u.UID+":"+u.GID, dir).CombinedOutput(); err != nil {
			return "", fmt.Errorf("chown %s: %w: %s", dir, err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "storage.conf"), fmt.Appendf(nil, storageConf, dir), 0o644); err != nil {
		return "", err
	}
	// A machine's manager shares / at its boot, one in a namespace does not.
	if out, err := exec.Command("mount", "--make-rshared", "/").CombinedOutput(); err != nil {
		return "", fmt.Errorf("mount: %w: %s", err, out)
	}
	archive, err := makeRoot()
	if err != nil {
		return "", err
	}
	line := p.line("--tmpdir", dir+"/tmp", "import", "--quiet", "-", image)
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Stdin = bytes.NewReader(archive)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("podman import: %w: %s", err, out)
	}
	return dir, nil
}

// makeRoot makes a root directory, as an archive.
func makeRoot() ([]byte, error) {
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(root) }()
	const script = `mkdir bin etc dev proc sys tmp run shared && cp /bin/busybox bin &&
		chroot . /bin/busybox --install -s /bin && echo root:x:0:0::/:/bin/sh >etc/passwd && tar c .`
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("root directory: %w", err)
	}
	return out, nil
}
