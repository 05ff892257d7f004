package oci

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// apply puts the options over a configuration. root is where users are looked
// up. The order matters: the environment wants the user's home and the host
// name, and a user's restrictions come last, over all that was asked for.
func apply(s *specs.Spec, o *Options, root string) error {
	fresh := o.Bundle == ""
	if err := applyProcess(s.Process, o, root, fresh); err != nil {
		return err
	}
	if err := applyHostname(s, o, fresh); err != nil {
		return err
	}
	applyNetwork(s, o, fresh)
	if err := applyVolumes(s, o); err != nil {
		return err
	}
	if err := applyNotify(s, o); err != nil {
		return err
	}
	if o.CgroupsPath != "" {
		s.Linux.CgroupsPath = o.CgroupsPath
	}
	annotate(s, o)
	if o.Rootless {
		return restrict(s, o)
	}
	return nil
}

func applyProcess(p *specs.Process, o *Options, root string, fresh bool) error {
	if len(o.Args) > 0 {
		p.Args = slices.Clone(o.Args)
	}
	if o.Workdir != "" {
		p.Cwd = o.Workdir
	}
	home, err := applyUser(p, o.User, root, fresh)
	if err != nil {
		return err
	}
	env := envList(p.Env)
	if fresh {
		env.set("PATH", defaultPath)
		env.set("TERM", "xterm")
		env.set("container", "unitmon") // https://systemd.io/CONTAINER_INTERFACE
	}
	if home != "" {
		env.set("HOME", home)
	}
	if err := env.apply(o.Env, o.Environ); err != nil {
		return err
	}
	if o.Terminal {
		p.Terminal = true
		if env.index("TERM") < 0 { // a bundle may have none
			env.set("TERM", "xterm")
		}
	}
	p.Env = env
	return nil
}

// applyUser sets the user that is asked for and gives the home directory to
// set: of that user, or of a fresh configuration's, else none.
func applyUser(p *specs.Process, user, root string, fresh bool) (home string, err error) {
	if user == "" && !fresh {
		return "", nil
	}
	if user == "" {
		user = "0:0"
	}
	u, err := lookupUser(root, user)
	if err != nil {
		return "", fmt.Errorf("user %s: %w", user, err)
	}
	u.Umask = p.User.Umask
	p.User = u.User
	return u.home, nil
}

// applyHostname gives the container a name of its own, and HOSTNAME with it.
func applyHostname(s *specs.Spec, o *Options, fresh bool) error {
	name := o.Hostname
	if name == "" && fresh {
		name = o.Name[:min(len(o.Name), hostNameMax)]
	}
	if name == "" {
		return nil
	}
	if !hasNamespace(s, specs.UTSNamespace) {
		return fmt.Errorf("host name %s: the bundle has no uts namespace", name)
	}
	s.Hostname = name
	if env := envList(s.Process.Env); envList(o.Env).index("HOSTNAME") < 0 {
		env.set("HOSTNAME", name)
		s.Process.Env = env
	}
	return nil
}

// applyNetwork: without a network namespace a container is in the host's.
func applyNetwork(s *specs.Spec, o *Options, fresh bool) {
	if o.Network == "" && !fresh {
		return
	}
	dropNamespace(s, specs.NetworkNamespace)
	if o.Network == "none" {
		s.Linux.Namespaces = append(s.Linux.Namespaces, specs.LinuxNamespace{Type: specs.NetworkNamespace})
	}
}

// notifyPath is where podman has it, too; /run is on a tmpfs or the image's own.
const notifyPath = "/run/notify/notify.sock"

// applyNotify lets the command, and nobody before it, find the notify socket:
// the runtime's own environment must not have NOTIFY_SOCKET, see [Environ].
func applyNotify(s *specs.Spec, o *Options) error {
	path := o.NotifySocket
	if path == "" {
		return nil
	}
	env := envList(s.Process.Env)
	if path[0] == '@' {
		if hasNamespace(s, specs.NetworkNamespace) {
			return errors.New("notify socket " + path + ": an abstract name cannot be reached from another network namespace")
		}
		env.set("NOTIFY_SOCKET", path)
	} else {
		s.Mounts = append(s.Mounts, mount(notifyPath, "bind", path, "bind", "nosuid", "nodev", "noexec"))
		env.set("NOTIFY_SOCKET", notifyPath)
	}
	s.Process.Env = env
	return nil
}

func annotate(s *specs.Spec, o *Options) {
	all := make(map[string]string)
	maps.Copy(all, s.Annotations)
	maps.Copy(all, o.Labels)
	if o.ID != "" {
		all[AnnotationID] = o.ID
	}
	if o.Name != "" {
		all[AnnotationName] = o.Name
	}
	if len(all) > 0 {
		s.Annotations = all
	}
}

func hasNamespace(s *specs.Spec, t specs.LinuxNamespaceType) bool {
	return slices.ContainsFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == t })
}

func dropNamespace(s *specs.Spec, t specs.LinuxNamespaceType) {
	s.Linux.Namespaces = slices.DeleteFunc(s.Linux.Namespaces, func(n specs.LinuxNamespace) bool { return n.Type == t })
}
