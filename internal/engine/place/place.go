package place

import (
	"fmt"
	"os"
	"strings"
)

// Place is where a process is among the units.
type Place struct {
	// Cgroup is its control group, as the manager writes it.
	Cgroup string
	// Unit is the innermost unit that it is in, with its suffix; empty if it is
	// in none, as in the root or in a control group that no manager made.
	Unit string
	// User says that Unit is one of a user's manager.
	User bool
	// Below is what follows Unit in Cgroup: a delegated sub-group such as
	// "runtime", in which podman puts itself and so the monitor with
	// --cgroups=split.
	Below string
	// Hidden says that the control group is outside of the cgroup namespace, so
	// that Unit is not known.
	Hidden bool
}

// Find returns where a process is; pid 0 is the caller. The error is that of
// reading /proc, or says that no systemd can have put it anywhere.
func Find(pid int) (Place, error) {
	file := "/proc/self/cgroup"
	if pid != 0 {
		file = fmt.Sprintf("/proc/%d/cgroup", pid)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return Place{}, err
	}
	init, _ := os.ReadFile("/proc/1/cgroup") // unreadable with hidepid=: then as if in the root
	p, err := find(string(text), string(init))
	if err != nil {
		return p, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}

// find is Find with the texts of the process's and PID 1's /proc/PID/cgroup.
func find(text, init string) (Place, error) {
	group, err := groupOf(text)
	if err != nil {
		return Place{}, err
	}
	if outside(group) {
		return Place{Cgroup: group, Hidden: true}, nil
	}
	if root, err := groupOf(init); err == nil && !outside(root) {
		if below, ok := strings.CutPrefix(group, managerRoot(root)+"/"); ok {
			group = "/" + below
		}
	}
	return locate(group), nil
}

// Service reports whether the place is in the cgroup of a service, whose main
// process the monitor may be.
func (p Place) Service() bool { return strings.HasSuffix(p.Unit, ".service") }

// Split reports whether the place is the sub-group that podman makes for itself
// and the monitor with --cgroups=split, beside the container's.
func (p Place) Split() bool { return p.Service() && p.Below == "runtime" }

// Own returns the scope that was made for the monitor of the container id, by
// the engine or by Register; empty if the place is none.
func (p Place) Own(id string) string {
	if id == "" {
		return ""
	}
	for _, scope := range []string{"libpod-conmon-" + id + ".scope", "crio-conmon-" + id + ".scope", scopeName(id)} {
		if p.Unit == scope {
			return scope
		}
	}
	return ""
}

// ownGroup reports whether the place is the control group that CRI-O makes for
// the container's monitor with its cgroupfs manager. It is no unit.
func (p Place) ownGroup(id string) bool {
	return id != "" && strings.HasSuffix(p.Cgroup, "/crio-conmon-"+id)
}
