package box

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Feature is something that a machine may not give to a box.
type Feature string

// The features that tests ask for.
const (
	Memory       Feature = "memory"           // the cgroup v2 memory controller: OOM, MemoryMax=
	Pids         Feature = "pids"             // the cgroup v2 pids controller: TasksMax=
	CPU          Feature = "cpu"              // the cgroup v2 cpu controller: CPUWeight=
	SysResource  Feature = "CAP_SYS_RESOURCE" // raising hard resource limits
	Fuse         Feature = "/dev/fuse"        // FUSE file systems
	KVM          Feature = "/dev/kvm"         // virtual machines with hardware support
	ExitInfo     Feature = "PIDFD_INFO_EXIT"  // exit status by pidfd, Linux 6.15
	controllers          = "/sys/fs/cgroup/cgroup.controllers"
	firstExitMaj         = 6
	firstExitMin         = 15
)

// Features returns all features, in a fixed order.
func Features() []Feature {
	return []Feature{Memory, Pids, CPU, SysResource, Fuse, KVM, ExitInfo}
}

// Lacks says why the box that this process runs in does not have a feature,
// and "" if it has it. It is the one place where tests ask what the machine
// cannot do.
func Lacks(f Feature) string {
	switch f {
	case Memory, Pids, CPU:
		return lacksController(string(f))
	case SysResource:
		return lacksCapability(unix.CAP_SYS_RESOURCE, string(f))
	case Fuse, KVM:
		if err := unix.Access(string(f), unix.R_OK|unix.W_OK); err != nil {
			return fmt.Sprintf("%s: %v", f, err)
		}
		return ""
	case ExitInfo:
		return lacksKernel(firstExitMaj, firstExitMin)
	}
	return fmt.Sprintf("feature %q is not known", f)
}

func lacksController(name string) string {
	b, err := os.ReadFile(controllers)
	if err != nil {
		return err.Error()
	}
	if !slices.Contains(strings.Fields(string(b)), name) {
		return "cgroup v2 has no " + name + " controller on this machine"
	}
	return ""
}

func lacksCapability(number int, name string) string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(b)) {
		if hex, ok := strings.CutPrefix(line, "CapEff:"); ok {
			set, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
			if err == nil && set&(1<<number) != 0 {
				return ""
			}
		}
	}
	return "no " + name
}

func lacksKernel(major, minor int) string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err.Error()
	}
	release := unix.ByteSliceToString(u.Release[:])
	var maj, min int
	if _, err := fmt.Sscanf(release, "%d.%d", &maj, &min); err != nil {
		return fmt.Sprintf("kernel release %q: %v", release, err)
	}
	if maj < major || maj == major && min < minor {
		return fmt.Sprintf("Linux %s is older than %d.%d", release, major, minor)
	}
	return ""
}
