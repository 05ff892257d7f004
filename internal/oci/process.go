package oci

import (
	"fmt"
	"path/filepath"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Configured is what a container was made with, as far as a further process of
// it needs that.
type Configured struct {
	// Process is the container's own process.
	Process *specs.Process
	// CgroupsPath is the container's cgroup, below the root of the hierarchy.
	CgroupsPath string
}

// ReadConfigured reads dir/config.json, of at most 4 MiB.
func ReadConfigured(dir string) (Configured, error) {
	path := filepath.Join(dir, configName)
	data, err := readFile(path, configMax)
	if err != nil {
		return Configured{}, err
	}
	b, err := parseConfig(data)
	if err != nil {
		return Configured{}, fmt.Errorf("%s: %w", path, err)
	}
	return Configured{b.Spec.Process, b.Spec.Linux.CgroupsPath}, nil
}

// ExecProcess makes the process of an exec from that of the container, which is
// not changed, and the options Args, Env, Environ, Workdir, User, Terminal and
// Rootless. Names of users are looked up in root, the container's own root
// directory as it is now. The rest, capabilities and limits too, is the
// container's; but its notify socket, by which only that process may speak, is
// not.
func ExecProcess(of *specs.Process, o Options, root string) (*specs.Process, error) {
	o.Bundle = "" // so that a command is wanted
	if err := o.check(); err != nil {
		return nil, err
	}
	p := *of
	p.Terminal, p.ConsoleSize = false, nil
	p.Env = slices.DeleteFunc(slices.Clone(p.Env), func(kv string) bool {
		return envList{kv}.index("NOTIFY_SOCKET") == 0
	})
	if err := applyProcess(&p, &o, root, false); err != nil {
		return nil, err
	}
	if o.Rootless && (p.User.UID != 0 || p.User.GID != 0) {
		return nil, fmt.Errorf("user %d:%d: a rootless container has only 0:0, the caller", p.User.UID, p.User.GID)
	}
	return &p, nil
}
