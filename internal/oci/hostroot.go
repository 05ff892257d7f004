package oci

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// entry is a name in the root directory: a directory, or a link if target is
// set.
type entry struct{ name, target string }

// newHostRoot describes a container that sees the host's own root. Its root
// directory is a skeleton: a mount point for each directory in /, a copy of
// each link there (/bin -> usr/bin). Files in / are left out. Binding / itself
// would not do: runtimes pivot into the root, and the private directories would
// have to be mounted over the host's.
func newHostRoot(rootless bool) (*Bundle, string, error) {
	entries, err := topLevel("/")
	if err != nil {
		return nil, "", fmt.Errorf("host root: %w", err)
	}
	bound := entries
	if rootless {
		bound = slices.DeleteFunc(slices.Clone(entries), unreadable)
	}
	s := defaultSpec()
	s.Root = &specs.Root{Path: "rootfs", Readonly: true}
	s.Mounts = append(hostMounts(bound), s.Mounts...)
	return &Bundle{Spec: s, skeleton: entries}, "/", nil
}

// unreadable finds the directories in / that the caller may not list, such as
// /root: a user's container has them empty. crun opens what it has mounted with
// "rro" for reading (until 1.16), and fails.
func unreadable(e entry) bool {
	if e.target != "" || private(e.name) {
		return false
	}
	f, err := os.Open("/" + e.name)
	if err != nil {
		return true
	}
	_ = f.Close()
	return false
}

// private are the directories of which a container has its own.
func private(name string) bool {
	switch name {
	case "dev", "proc", "run", "sys", "tmp":
		return true
	}
	return false
}

// topLevel lists dir, in order of names.
func topLevel(dir string) ([]entry, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(list))
	for _, d := range list {
		switch {
		case d.IsDir():
			entries = append(entries, entry{name: d.Name()})
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(filepath.Join(dir, d.Name()))
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry{d.Name(), target})
		}
	}
	return entries, nil
}

// hostMounts binds every directory that is not private, with all that is
// mounted below it: an unprivileged mount namespace may not take a bind mount
// apart (mount_namespaces(7), locked mounts).
//
// "rro" makes the mounts below read-only as well (seen with runc 1.1.5
// and crun 1.8.1; mount_setattr(2), Linux 5.12); "ro" alone covers the topmost only. Both are given, because a runtime
// that does not know "rro" takes it for file system data, which a bind mount
// ignores.
func hostMounts(entries []entry) []specs.Mount {
	var mounts []specs.Mount
	for _, e := range entries {
		if e.target == "" && !private(e.name) {
			mounts = append(mounts, mount("/"+e.name, "bind", "/"+e.name, "rbind", "ro", "rro"))
		}
	}
	return append(mounts,
		mount("/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=755"),
		mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777"))
}

// writeSkeleton makes the entries in dir. It may be called again on what it
// made; anything else that is in the way is an error.
func writeSkeleton(dir string, entries []entry) error {
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, e := range entries {
		if err := e.write(dir); err != nil {
			return err
		}
	}
	return nil
}

func (e entry) write(dir string) error {
	path := filepath.Join(dir, e.name)
	if e.target == "" {
		if err := os.Mkdir(path, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		return isDir(path)
	}
	err := os.Symlink(e.target, path)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if old, _ := os.Readlink(path); old != e.target {
		return fmt.Errorf("%s: exists and is no link to %s", path, e.target)
	}
	return nil
}
