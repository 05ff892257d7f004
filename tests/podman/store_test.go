package podman

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// store is a podman of its own: its containers, its configuration, its
// monitor, its user.
type store struct {
	dir  string // short: podman's own paths below it are long
	mon  monitor
	user *kit.User // nil: root
}

// newStore makes a store and removes it, with all that is in it, at the end of
// the test.
func newStore(t testing.TB, mon monitor, user *kit.User) *store {
	t.Helper()
	dir, err := os.MkdirTemp("", "pod")
	must(t, err)
	s := &store{dir: dir, mon: mon, user: user}
	must(t, os.Chmod(dir, 0o755))
	s.write(t, "containers.conf", fmt.Sprintf(containersConf, mon.path, dir))
	s.write(t, "storage.conf", fmt.Sprintf(storageConf, dir, imageStore(t, user)))
	must(t, os.Mkdir(filepath.Join(dir, "bin"), 0o755))
	if user != nil {
		s.own(t, dir)
		s.wrap(t, "podman")
		s.wrap(t, "systemctl", "--user")
		s.wrap(t, "as")
	} else {
		must(t, os.WriteFile(filepath.Join(dir, "bin/as"), []byte("#!/bin/sh\nexec \"$@\"\n"), 0o755))
	}
	t.Cleanup(func() { s.remove(t) })
	return s
}

// containersConf is containers.conf(5). The machine may lack the pids
// controller, a network and the right to raise limits; locks in shared memory
// would be the same for all stores, and the first podman of each frees them. The
// default delay of the exit command of an exec session is five minutes.
const containersConf = `[containers]
pids_limit = 0
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
log_driver = "k8s-file"
[engine]
runtime = "runc"
conmon_path = [%q]
tmp_dir = "%s/tmp"
events_logger = "journald"
lock_type = "file"
exit_command_delay = 1
infra_image = "localhost/img"
`

// storageConf is storage.conf(5).
const storageConf = `[storage]
driver = "overlay"
graphroot = "%[1]s/graph"
rootless_storage_path = "%[1]s/graph"
runroot = "%[1]s/run"
[storage.options]
additionalimagestores = [%[2]q]
`

func (s *store) write(t testing.TB, name, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644))
}

// wrap puts a program into the store's bin that runs one of the same name, or
// what its arguments name, as the store's user.
func (s *store) wrap(t testing.TB, name string, args ...string) {
	t.Helper()
	line := s.user.As(s.vars()...)
	if name != "as" {
		line = append(append(line, "/usr/bin/"+name), args...)
	}
	text := "#!/bin/sh\nexec " + strings.Join(line, " ") + " \"$@\"\n"
	must(t, os.WriteFile(filepath.Join(s.dir, "bin", name), []byte(text), 0o755))
}

// own gives a file to the store's user.
func (s *store) own(t testing.TB, path string) {
	t.Helper()
	if s.user == nil {
		return
	}
	uid, err := strconv.Atoi(s.user.UID)
	must(t, err)
	gid, err := strconv.Atoi(s.user.GID)
	must(t, err)
	must(t, os.Chown(path, uid, gid))
}

// vars is the environment that makes a podman use the store.
func (s *store) vars() []string {
	return []string{
		"CONTAINERS_CONF=" + s.dir + "/containers.conf",
		"CONTAINERS_STORAGE_CONF=" + s.dir + "/storage.conf",
		"LC_ALL=C.UTF-8",
	}
}

// path is a PATH with the store's wrappers before Debian's programs.
func (s *store) path() string { return s.dir + "/bin:/usr/sbin:/usr/bin:/sbin:/bin" }

// line is a command line that runs a program with the store.
func (s *store) line(args ...string) []string {
	if s.user != nil {
		return append(s.user.As(s.vars()...), args...)
	}
	return append(append([]string{"env"}, s.vars()...), args...)
}

// podman runs podman with the store.
func (s *store) podman(t testing.TB, args ...string) kit.Result {
	t.Helper()
	return kit.Run(t, s.line(append([]string{"podman"}, args...)...)...)
}

// ok is podman, which must succeed; it returns what that writes.
func (s *store) ok(t testing.TB, args ...string) string {
	t.Helper()
	return kit.OK(t, s.line(append([]string{"podman"}, args...)...)...)
}

// remove ends all containers and deletes the store.
func (s *store) remove(t testing.TB) {
	t.Helper()
	s.podman(t, "pod", "rm", "--all", "--force", "--time=0")
	s.podman(t, "rm", "--all", "--force", "--time=0")
	if s.user != nil {
		s.podman(t, "system", "migrate") // ends the process that keeps the user's namespaces
	}
	for _, m := range mountsBelow(t, s.dir) {
		kit.Run(t, "umount", "--lazy", m)
	}
	must(t, os.RemoveAll(s.dir))
}

// mountsBelow lists the mount points in a directory, the last mounted first.
func mountsBelow(t testing.TB, dir string) []string {
	t.Helper()
	data, err := os.ReadFile("/proc/self/mounts")
	must(t, err)
	var list []string
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); strings.HasPrefix(f[1], dir+"/") {
			list = append([]string{f[1]}, list...)
		}
	}
	return list
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
