package oci

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// restrict adds the user namespace of a user who has no subordinate ids: the
// caller is 0 in it, and nobody else exists. What such a namespace cannot have
// is left out, as `runc spec --rootless` does; a user other than 0 is refused.
func restrict(s *specs.Spec, o *Options) error {
	if u := s.Process.User; u.UID != 0 || u.GID != 0 {
		return fmt.Errorf("user %d:%d: a rootless container has only 0:0, the caller", u.UID, u.GID)
	}
	s.Process.User.AdditionalGids = nil // setgroups(2) is denied, user_namespaces(7)
	if !hasNamespace(s, specs.UserNamespace) {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.UserNamespace})
	}
	s.Linux.UIDMappings = []specs.LinuxIDMapping{{HostID: uint32(o.UID), Size: 1}}
	s.Linux.GIDMappings = []specs.LinuxIDMapping{{HostID: uint32(o.GID), Size: 1}}
	if r := s.Linux.Resources; r != nil {
		r.Devices = nil // attaching the filter needs CAP_SYS_ADMIN on the host
		if reflect.ValueOf(*r).IsZero() {
			s.Linux.Resources = nil
		}
	}
	ownNetwork := hasNamespace(s, specs.NetworkNamespace)
	for i := range s.Mounts {
		restrictMount(&s.Mounts[i], ownNetwork)
	}
	return nil
}

func restrictMount(m *specs.Mount, ownNetwork bool) {
	switch {
	case m.Type == "sysfs" && !ownNetwork:
		// Only the owner of the network namespace may mount a sysfs, sysfs(5).
		*m = mount(m.Destination, "bind", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro", "rro")
	case m.Type == "devpts" || m.Type == "tmpfs":
		m.Options = slices.DeleteFunc(slices.Clone(m.Options), unmappedID)
	}
}

// unmappedID finds the options uid=N and gid=N of ids that do not exist.
func unmappedID(option string) bool {
	key, id, ok := strings.Cut(option, "=")
	return ok && (key == "uid" || key == "gid") && id != "0"
}
