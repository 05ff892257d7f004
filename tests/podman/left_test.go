package podman

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// nothingLeft fails the test if a scene has left a container, an exit file or
// a process of its store. The processes that end just now are waited for.
func (s *store) nothingLeft(t testing.TB) {
	t.Helper()
	if out := s.ok(t, "ps", "--all", "--format", "{{.Names}} {{.Status}}"); out != "" {
		t.Errorf("containers are left:\n%s", out)
	}
	for _, p := range kit.Processes(t) {
		if strings.Contains(strings.Join(p.Args, " "), s.dir+"/") && p.Exe != "" {
			awaitEnd(t, p)
		}
	}
	for _, file := range s.states(t) {
		t.Errorf("the runtime's state of a container is left: %s", file)
	}
	for _, pattern := range []string{"tmp/exits/*", "tmp/persist/*", "graph/overlay-containers/*/*", "run/overlay-containers/*"} {
		if found, _ := filepath.Glob(filepath.Join(s.dir, pattern)); len(found) > 0 {
			t.Errorf("files are left: %s", found)
		}
	}
}

// states are the runtime's files about containers of the store.
func (s *store) states(t testing.TB) []string {
	t.Helper()
	dir := "/run/runc"
	if s.user != nil {
		dir = s.user.RuntimeDir() + "/runc"
	}
	files, err := filepath.Glob(dir + "/*/state.json")
	must(t, err)
	return slices.DeleteFunc(files, func(f string) bool {
		data, _ := os.ReadFile(f) // one that has just gone is not left
		return !strings.Contains(string(data), s.dir+"/")
	})
}

// awaitEnd waits for the end of a process.
func awaitEnd(t testing.TB, p kit.Process) {
	t.Helper()
	pidfd, err := sys.OpenPidfd(p.PID)
	if err != nil {
		return // it has ended
	}
	defer func() { _ = pidfd.Close() }()
	if err := pidfd.WaitExit(kit.Context(t)); err != nil {
		t.Errorf("process %d does not end: %s: %v", p.PID, p.Args, err)
	}
}

// machine is what there is on the machine: processes, units, mounts, socket
// names and files, each with a word before it that says which.
type machine map[string]bool

// pauseUnit begins the name of the unit of the process with which podman keeps a
// user's namespaces between two calls: any call may make it.
const pauseUnit = "podman-pause-"

// look lists what there is.
func look(t testing.TB) machine {
	t.Helper()
	m := machine{}
	for _, p := range kit.Processes(t) {
		if name, counts := processName(p); counts {
			m[name] = true
		}
	}
	system, user := units(t)
	for _, u := range append(system, user...) {
		if name, counts := unitName(u); counts {
			m[name] = true
		}
	}
	for _, table := range []string{"/proc/self/mounts", "/proc/net/unix"} {
		for line := range strings.Lines(read(t, table)) {
			m.add(table, strings.Fields(line))
		}
	}
	for _, dir := range []string{"/tmp", "/var/tmp", "/run", "/dev/shm"} {
		m.addFiles(dir)
	}
	return m
}

// units are the names of the units that the system's manager has loaded, and
// the user's.
func units(t testing.TB) (system, user []string) {
	t.Helper()
	line := []string{"systemctl", "list-units", "--all", "--plain", "--no-legend"}
	u := kit.LookupUser(t, rootlessUser)
	return firstWords(kit.OK(t, line...)), firstWords(u.OK(t, append(line, "--user")...))
}

// firstWords are those of the lines of a text.
func firstWords(text string) []string {
	var list []string
	for l := range strings.Lines(text) {
		list = append(list, strings.Fields(l)[0])
	}
	return list
}

// add adds what a line of a table of the kernel's names.
func (m machine) add(table string, f []string) {
	switch {
	case table == "/proc/self/mounts":
		m["mount "+f[1]] = true
	case len(f) == 8: // proc(5): the eighth is the name, if the socket has one
		m["socket "+f[7]] = true
	}
}

// addFiles adds the files below a directory, without the manager's own, which
// come and go, and those of stores and images, which go at the end of a test.
func (m machine) addFiles(dir string) {
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return nil // it has just gone
		}
		for _, skip := range []string{"/run/systemd", "/run/log", "/run/user", "/run/udev", "/run/unitmon-box"} {
			if path == skip {
				return fs.SkipDir
			}
		}
		if strings.HasPrefix(path, "/tmp/pod") || strings.HasPrefix(path, "/tmp/images") {
			return fs.SkipDir
		}
		m["file "+path] = true
		return nil
	})
}

// since lists what was not there before, after the end of what is about to go.
// Everything that outlives the last podman's last call goes by itself, but a
// moment later: processes (monitors, what health checks run, podman's helpers),
// and then, when the kernel has told the manager, the units they were in. What
// does not go in time fails the test by its name.
func (before machine) since(t testing.TB) []string {
	t.Helper()
	for _, p := range kit.Processes(t) {
		if before.lacks(p) {
			awaitEnd(t, p)
		}
	}
	before.settle(t)
	var list []string
	for thing := range look(t) {
		if !before[thing] {
			list = append(list, thing)
		}
	}
	slices.Sort(list)
	return list
}

// lacks reports whether a process is new, and counts.
func (before machine) lacks(p kit.Process) bool {
	name, counts := processName(p)
	return counts && !before[name]
}

// processName is what a machine calls a process. A zombie does not count, nor does
// the process that keeps a user's namespaces.
func processName(p kit.Process) (name string, counts bool) {
	return "process " + strings.Join(p.Args, " "), p.Exe != "" && !strings.Contains(p.Cgroup, pauseUnit)
}

// settle waits until the managers have forgotten the units that are new.
func (before machine) settle(t testing.TB) {
	t.Helper()
	alice := kit.LookupUser(t, rootlessUser)
	system, user := units(t)
	for _, u := range system {
		if before.lacksUnit(u) {
			kit.Await(t, u, "LoadState=not-found", "LoadState")
		}
	}
	for _, u := range user {
		if !before.lacksUnit(u) {
			continue
		}
		t.Logf("waiting for the user's unit %s to go", u) // what follows does not say its name
		t.Cleanup(func() {
			if t.Failed() {
				t.Log(alice.Run(t, "systemctl", "--user", "status", "--full", u).Stdout)
			}
		})
		alice.Await(t, u, "LoadState=not-found", "LoadState")
	}
}

// lacksUnit reports whether a unit is new, and counts.
func (before machine) lacksUnit(u string) bool {
	name, counts := unitName(u)
	return counts && !before[name]
}

// unitName is what a machine calls a unit. Those of the kinds that follow what
// there is do not count.
func unitName(u string) (name string, counts bool) {
	switch filepath.Ext(u) {
	case ".scope", ".service", ".timer", ".socket":
		return "unit " + u, !strings.HasPrefix(u, pauseUnit)
	}
	return "", false
}
