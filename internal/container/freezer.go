package container

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// cgroupOf is the cgroup of a process, a number or "self", as a path below the
// root.
func cgroupOf(pid string) (string, error) {
	file := "/proc/" + pid + "/cgroup"
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	path, err := unifiedPath(string(data))
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return path, nil
}

// hasElement reports whether a path has an element.
func hasElement(path, element string) bool {
	return slices.Contains(strings.Split(path, "/"), element)
}

// frozen reports whether a process is frozen, which is how runtimes pause.
func frozen(pid int) bool {
	path, err := cgroupOf(strconv.Itoa(pid))
	return err == nil && frozenGroup(path)
}

// frozenGroup reports whether a cgroup, a path below the root, is frozen: it, or
// one above it, was (cgroup.events, cgroups(7)).
func frozenGroup(path string) bool {
	data, err := os.ReadFile(filepath.Join(cgroupRoot, path, "cgroup.events"))
	return err == nil && slices.Contains(strings.Split(string(data), "\n"), "frozen 1")
}
