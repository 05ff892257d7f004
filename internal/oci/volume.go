package oci

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// ParseVolume parses SRC:DST[:OPTION,…] into a bind mount. Both paths are
// absolute and contain no colon. The options are ro, rw (the default), exec,
// noexec, suid, nosuid, dev, nodev, rbind (the default), bind, and the
// propagations private, rprivate (the default), shared, rshared, slave, rslave.
// ro includes what is mounted below SRC, unless it is a plain bind. The mount
// is nosuid and nodev unless the options say otherwise.
func ParseVolume(v string) (specs.Mount, error) {
	parts := strings.Split(v, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return specs.Mount{}, fmt.Errorf("volume %s: not of the form SRC:DST[:OPTION,…]", v)
	}
	src, dst := parts[0], parts[1]
	for _, p := range parts[:2] {
		if !filepath.IsAbs(p) {
			return specs.Mount{}, fmt.Errorf("volume %s: %q is not an absolute path", v, p)
		}
	}
	if path.Clean(dst) == "/" {
		return specs.Mount{}, fmt.Errorf("volume %s: the root itself cannot be a volume", v)
	}
	var words []string
	if len(parts) == 3 {
		words = strings.Split(parts[2], ",")
	}
	options, err := volumeOptions(words)
	if err != nil {
		return specs.Mount{}, fmt.Errorf("volume %s: %w", v, err)
	}
	return mount(path.Clean(dst), "bind", path.Clean(src), options...), nil
}

// volumeGroups are the options that exclude each other; the first of a group
// is its default.
func volumeGroups() [][]string {
	return [][]string{
		{"rbind", "bind"},
		{"rw", "ro"},
		{"nosuid", "suid"},
		{"nodev", "dev"},
		{"", "exec", "noexec"}, // unsaid: a user cannot take noexec from a mount that has it
		{"rprivate", "private", "shared", "rshared", "slave", "rslave"},
	}
}

func volumeOptions(words []string) ([]string, error) {
	var options []string
	for _, g := range volumeGroups() {
		options = append(options, g[0])
	}
	seen := make([]string, len(options))
	for _, w := range words {
		i := slices.IndexFunc(volumeGroups(), func(g []string) bool { return w != "" && slices.Contains(g, w) })
		switch {
		case i < 0:
			return nil, fmt.Errorf("unknown option %q", w)
		case seen[i] != "" && seen[i] != w:
			return nil, fmt.Errorf("options %s and %s exclude each other", seen[i], w)
		}
		seen[i], options[i] = w, w
	}
	if options[0] == "rbind" && options[1] == "ro" {
		options = append(options, "rro") // see hostMounts
	}
	return slices.DeleteFunc(options, func(w string) bool { return w == "" }), nil
}

// applyVolumes adds the volumes after all other mounts, so that one may lie in
// another's directory.
func applyVolumes(s *specs.Spec, o *Options) error {
	for _, v := range o.Volumes {
		m, err := ParseVolume(v)
		if err != nil {
			return err
		}
		fi, err := os.Stat(m.Source)
		if err != nil {
			return fmt.Errorf("volume %s: %w", v, reason(m.Source, err))
		}
		if !fi.IsDir() {
			m.Options = flat(m.Options)
		}
		if o.Bundle == "" && o.RootFS == "" {
			if err := mountable(s.Mounts, m.Destination); err != nil {
				return fmt.Errorf("volume %s: %w", v, err)
			}
		}
		s.Mounts = append(s.Mounts, m)
	}
	return nil
}

// flat makes the options of a file: nothing is mounted below it, and crun takes
// what is mounted with "rro" for a directory (a file before 1.14.4, a socket
// before 1.16).
func flat(options []string) []string {
	options = slices.DeleteFunc(options, func(w string) bool { return w == "rro" })
	if i := slices.Index(options, "rbind"); i >= 0 {
		options[i] = "bind"
	}
	return options
}

// mountable refuses a mount point that a runtime would have to make in the
// host's root, which is read-only. New names in / are made in the skeleton,
// those in other mounts (a tmpfs, a volume) there.
func mountable(mounts []specs.Mount, dst string) error {
	in := -1
	for i, m := range mounts {
		if dst == m.Destination || strings.HasPrefix(dst, m.Destination+"/") {
			in = i
		}
	}
	if in < 0 || !slices.Contains(mounts[in].Options, "rro") || mounts[in].Source != mounts[in].Destination {
		return nil
	}
	if _, err := os.Stat(dst); err != nil {
		return fmt.Errorf("%s: does not exist, and cannot be made in the host's root, which is read-only", dst)
	}
	return nil
}
