package oom

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// root is where the hierarchies are mounted; file-hierarchy(7), and conmon's
// and the engines' constant.
const root = "/sys/fs/cgroup"

// Cgroup is a control group with the memory controller.
type Cgroup struct {
	Dir     string // its absolute path in the file system
	Unified bool   // cgroup v2; else v1
}

// Find returns the cgroup that a process is in. With both versions mounted
// (systemd's hybrid set-up) it is the one of v1, as for conmon. An error that
// wraps ESRCH or ErrNotExist says that the process is gone.
func Find(pid int) (Cgroup, error) {
	unified, err := sys.IsCgroup2(root)
	if err != nil {
		return Cgroup{}, err
	}
	name := fmt.Sprintf("/proc/%d/cgroup", pid)
	text, err := os.ReadFile(name)
	if err != nil {
		return Cgroup{}, err
	}
	c, err := locate(string(text), unified)
	if err != nil {
		return Cgroup{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// locate finds the memory controller's entry in a /proc/PID/cgroup, see
// cgroups(7).
func locate(text string, unified bool) (Cgroup, error) {
	for line := range strings.Lines(text) {
		number, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, path, ok := strings.Cut(rest, ":")
		switch {
		case !ok:
		case unified && number == "0" && controllers == "":
			return place(root, path, true)
		case !unified && slices.Contains(strings.Split(controllers, ","), "memory"):
			return place(root+"/memory", path, false)
		}
	}
	return Cgroup{}, errors.New("no entry for the memory controller")
}

func place(mount, path string, unified bool) (Cgroup, error) {
	switch {
	case strings.HasSuffix(path, " (deleted)"):
		return Cgroup{}, fmt.Errorf("cgroup %q: %w", path, os.ErrNotExist)
	case !strings.HasPrefix(path, "/"), slices.Contains(strings.Split(path, "/"), ".."):
		// Beginning with "/.." it is beyond the root of our cgroup namespace.
		return Cgroup{}, fmt.Errorf("cgroup %q is not below %s", path, mount)
	}
	return Cgroup{Dir: filepath.Join(mount, path), Unified: unified}, nil
}
