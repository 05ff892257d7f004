package oci

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/sys"
)

// Bundle is a container's configuration that is ready to be written. Spec may
// be changed by the caller before [Bundle.Write].
type Bundle struct {
	Spec *specs.Spec

	skeleton []entry        // of rootfs/, for the host's own root
	unknown  map[string]any // fields of config.json that Spec has no place for
}

// Build makes the configuration that o describes. It reads files (the bundle's
// config.json, the root's etc/passwd and etc/group, the names in /) and writes
// none. Every error names the option, or the file and field, that is wrong.
func Build(o Options) (*Bundle, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	b, root, err := start(&o)
	if err != nil {
		return nil, err
	}
	if err := apply(b.Spec, &o, root); err != nil {
		return nil, err
	}
	return b, nil
}

// start gives the configuration to apply the options to, and the directory in
// which users are looked up.
func start(o *Options) (*Bundle, string, error) {
	switch {
	case o.Bundle != "":
		return readBundle(o.Bundle, o.Terminal)
	case o.RootFS != "":
		return newRootFS(o.RootFS)
	default:
		return newHostRoot(o.Rootless)
	}
}

func newRootFS(dir string) (*Bundle, string, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", fmt.Errorf("root directory %s: %w", dir, err)
	}
	if err := isDir(root); err != nil {
		return nil, "", fmt.Errorf("root directory %w", err)
	}
	s := defaultSpec()
	s.Root = &specs.Root{Path: root}
	return &Bundle{Spec: s}, root, nil
}

// Write makes dir a bundle: dir/config.json, replaced atomically, mode 0600
// (the environment may hold secrets), and for the host's own root the mount
// points in dir/rootfs. dir must exist; what Write makes in it is the caller's
// to remove.
func (b *Bundle) Write(dir string) error {
	data, err := b.marshal()
	if err != nil {
		return fmt.Errorf("bundle %s: %w", dir, err)
	}
	if b.skeleton != nil {
		if err := writeSkeleton(filepath.Join(dir, "rootfs"), b.skeleton); err != nil {
			return fmt.Errorf("bundle %s: %w", dir, err)
		}
	}
	return sys.WriteFile(filepath.Join(dir, configName), data)
}

func (b *Bundle) marshal() ([]byte, error) {
	if b.unknown == nil {
		return json.MarshalIndent(b.Spec, "", "\t")
	}
	known, err := toMap(b.Spec)
	if err != nil {
		return nil, err
	}
	merge(known, b.unknown)
	return json.MarshalIndent(known, "", "\t")
}

// isDir is nil if path is a directory or a link to one; its errors begin with
// the path.
func isDir(path string) error {
	switch fi, err := os.Stat(path); {
	case err != nil:
		return reason(path, err)
	case !fi.IsDir():
		return fmt.Errorf("%s: not a directory", path)
	}
	return nil
}
