package container

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cgroupRoot is where systemd mounts the unified hierarchy, cgroups(7).
const cgroupRoot = "/sys/fs/cgroup"

// supervisor is the sub-cgroup of our own processes. A cgroup with controllers
// holds processes or other cgroups, not both, so they must leave the unit's own
// before the runtime makes the container's beside it.
const supervisor = "supervisor"

// enterSupervisor moves this process into the supervisor sub-cgroup of its unit
// and returns the unit's cgroup, as a path below the root.
func enterSupervisor() (string, error) {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	unit, err := unifiedPath(string(data))
	if err != nil {
		return "", fmt.Errorf("/proc/self/cgroup: %w", err)
	}
	unit = strings.TrimSuffix(unit, "/"+supervisor) // DelegateSubgroup=, systemd 254
	dir := filepath.Join(cgroupRoot, unit, supervisor)
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return unit, os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0)
}

// unifiedPath finds the cgroup v2 line in a /proc/PID/cgroup, cgroups(7).
func unifiedPath(text string) (string, error) {
	for line := range strings.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok && strings.HasPrefix(path, "/") {
			return path, nil
		}
	}
	return "", errors.New("no cgroup v2 entry: the unified hierarchy is not mounted")
}
