package container

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// processMax bounds how many processes of a container are looked at.
const processMax = 1000

// Process is a process of a container.
type Process struct {
	PID     int    `json:"pid"`     // in our PID namespace
	Command string `json:"command"` // its arguments, or its name in brackets if they cannot be read
}

// processes are those of a container unit's cgroup but our own: of its
// sub-cgroup "container", and what is below that. The init is the first.
func processes(cgroup string, init int) []Process {
	list := []Process{}
	root := filepath.Join(cgroupRoot, cgroup, containerGroup)
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || len(list) >= processMax {
			return nil //nolint:nilerr // it has just gone
		}
		data, _ := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		for pid := range strings.FieldsSeq(string(data)) {
			if n, err := strconv.Atoi(pid); err == nil && n != 0 && len(list) < processMax {
				list = append(list, Process{n, commandOf(pid)})
			}
		}
		return nil
	})
	if i := slices.IndexFunc(list, func(p Process) bool { return p.PID == init }); i > 0 {
		list[0], list[i] = list[i], list[0]
	}
	return list
}

// containerGroup is the sub-cgroup that Launch gives the runtime.
const containerGroup = "container"

// commandOf is a process's command line, proc(5), or its name.
func commandOf(pid string) string {
	data, err := os.ReadFile("/proc/" + pid + "/cmdline")
	if line := bytes.TrimRight(data, "\x00"); err == nil && len(line) > 0 {
		return string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
	}
	name, _ := os.ReadFile("/proc/" + pid + "/comm")
	return "[" + strings.TrimSpace(string(name)) + "]"
}
