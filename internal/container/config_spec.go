package container

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/conf"
)

// amend puts into a bundle what a configuration has beyond the options of
// "unitmon run".
func amend(s *specs.Spec, c *conf.Container) error {
	if c.ReadOnly != conf.Unset {
		s.Root.Readonly = c.ReadOnly == conf.Yes
	}
	if c.NoNewPrivileges != conf.Unset {
		s.Process.NoNewPrivileges = c.NoNewPrivileges == conf.Yes
	}
	if len(c.Annotations) > 0 {
		all := maps.Clone(c.Annotations)
		maps.Copy(all, s.Annotations) // ours stay what they are
		s.Annotations = all
	}
	for _, t := range c.Tmpfs {
		m, err := tmpfs(t)
		if err != nil {
			return c.Wrong("Tmpfs", err)
		}
		s.Mounts = append(s.Mounts, m)
	}
	return amendCaps(s.Process, c)
}

// tmpfs reads PATH[:OPTION,…]; the options are those of tmpfs(5) and mount(8).
func tmpfs(text string) (specs.Mount, error) {
	dst, options, _ := strings.Cut(text, ":")
	if !path.IsAbs(dst) || path.Clean(dst) == "/" {
		return specs.Mount{}, fmt.Errorf("%q is no absolute path below /", dst)
	}
	list := []string{"nosuid", "nodev", "noexec", "mode=1777"}
	if options != "" {
		list = append(list, strings.Split(options, ",")...)
	}
	return specs.Mount{Destination: path.Clean(dst), Type: "tmpfs", Source: "tmpfs", Options: list}, nil
}

// amendCaps takes capabilities away, then adds some.
func amendCaps(p *specs.Process, c *conf.Container) error {
	if len(c.AddCaps)+len(c.DropCaps) == 0 {
		return nil
	}
	for key, list := range map[string][]string{"AddCapability": c.AddCaps, "DropCapability": c.DropCaps} {
		for _, name := range list {
			if bad := strings.Trim(strings.TrimPrefix(name, "CAP_"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"); bad != "" && name != "all" {
				return c.Wrong(key, fmt.Errorf("%q is no capability", name))
			}
		}
	}
	if slices.Contains(c.AddCaps, "all") {
		return c.Wrong("AddCapability", fmt.Errorf("name those that the container needs, capabilities(7)"))
	}
	caps := p.Capabilities
	if caps == nil {
		caps = new(specs.LinuxCapabilities)
	}
	for _, set := range []*[]string{&caps.Bounding, &caps.Effective, &caps.Permitted} {
		*set = changeCaps(*set, c)
	}
	// What is inheritable or ambient has to be permitted.
	for _, set := range []*[]string{&caps.Inheritable, &caps.Ambient} {
		*set = slices.DeleteFunc(slices.Clone(*set), func(name string) bool { return !slices.Contains(caps.Permitted, name) })
	}
	p.Capabilities = caps
	return nil
}

func changeCaps(set []string, c *conf.Container) []string {
	set = slices.DeleteFunc(slices.Clone(set), func(name string) bool {
		return slices.Contains(c.DropCaps, "all") || slices.Contains(c.DropCaps, name)
	})
	for _, name := range c.AddCaps {
		if !slices.Contains(set, name) {
			set = append(set, name)
		}
	}
	return set
}
