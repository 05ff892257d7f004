package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/unit"
)

// Processes are the pids, in the caller's pid namespace, of the processes in a
// running container, ascending: of its control group, or, if the runtime has made
// none, as runsc without cgroups, of the whole unit. The error wraps ErrNoGroup if
// it does not run.
func Processes(ctx context.Context, m *unit.Conn, name string) ([]int, error) {
	meter, err := OpenMeter(ctx, m, name)
	if err != nil {
		return nil, err
	}
	pids, err := processesBelow(filepath.Join(meter.dir, "container"))
	if err == nil && len(pids) == 0 {
		pids, err = processesBelow(meter.dir)
	}
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", name, err)
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("container %s: %w: its control group is empty", name, ErrNoGroup)
	}
	return pids, nil
}

// processesBelow reads cgroup.procs of a control group and of all below it. A
// process of another pid namespace is 0 there and left out. What goes meanwhile
// has no processes.
func processesBelow(dir string) ([]int, error) {
	var pids []int
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || d.Name() != "cgroup.procs" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !sys.IsErrno(err, sys.ENODEV) {
			return err
		}
		for _, word := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(word); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	slices.Sort(pids)
	return slices.Compact(pids), err
}
