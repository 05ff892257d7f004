package oci

import (
	"slices"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// specVersion is what the configurations made here say. They use nothing newer,
// and runc 1.1 and crun 1.8 know it.
const specVersion = "1.0.2"

// defaultPath is podman's default PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// defaultSpec is the configuration of a container about which nothing is known
// but its command: podman's default capabilities, everything in a namespace of
// its own but the network, the masks of runc's own default. Resource limits
// are those of the unit: the process inherits its rlimits and is in its cgroup.
func defaultSpec() *specs.Spec {
	return &specs.Spec{
		Version: specVersion,
		Process: &specs.Process{
			Cwd:             "/",
			Capabilities:    defaultCapabilities(),
			NoNewPrivileges: true,
		},
		Mounts: defaultMounts(),
		Linux: &specs.Linux{
			Namespaces:    defaultNamespaces(),
			Resources:     &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}}},
			MaskedPaths:   maskedPaths(),
			ReadonlyPaths: []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
		},
	}
}

// defaultCapabilities is the list of containers.conf(5), default_capabilities.
// The inheritable and ambient sets stay empty, as podman has it since
// CVE-2022-27649.
func defaultCapabilities() *specs.LinuxCapabilities {
	list := []string{
		"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
		"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
	}
	return &specs.LinuxCapabilities{Bounding: list, Effective: slices.Clone(list), Permitted: slices.Clone(list)}
}

func defaultNamespaces() []specs.LinuxNamespace {
	return []specs.LinuxNamespace{
		{Type: specs.PIDNamespace},
		{Type: specs.IPCNamespace},
		{Type: specs.UTSNamespace},
		{Type: specs.MountNamespace},
		{Type: specs.CgroupNamespace},
	}
}

func maskedPaths() []string {
	return []string{
		"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
	}
}

// defaultMounts are the file systems that the specification asks for
// (config-linux.md, default file systems).
func defaultMounts() []specs.Mount {
	return []specs.Mount{
		mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
		mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
		mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
		mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
		mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
		mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
		mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
	}
}

func mount(destination, kind, source string, options ...string) specs.Mount {
	return specs.Mount{Destination: destination, Type: kind, Source: source, Options: options}
}
