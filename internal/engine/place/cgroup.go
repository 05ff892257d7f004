package place

import (
	"errors"
	"strings"
)

// groupOf returns the control group that systemd knows a process by, from the text
// of its /proc/PID/cgroup (cgroups(7)): the unified hierarchy's; if that is not
// systemd's (its legacy and hybrid modes), that of the hierarchy name=systemd.
func groupOf(text string) (string, error) {
	var unified, named string
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		controllers, group, ok := strings.Cut(rest, ":")
		switch {
		case !ok || !strings.HasPrefix(group, "/"):
		case controllers == "":
			unified = group
		case controllers == "name=systemd":
			named = group
		}
	}
	// In legacy mode an unused unified hierarchy has everything in its root, and
	// so has the other one where a machine has it mounted for old programs.
	if named != "" && (unified == "" || unified == "/") {
		return named, nil
	}
	if unified == "" {
		return "", errors.New("no control group that systemd could manage")
	}
	return strings.TrimSuffix(unified, " (deleted)"), nil
}

// outside reports whether a control group lies above the root of the reader's
// cgroup namespace (cgroup_namespaces(7)). Whose it is cannot be told then.
func outside(group string) bool { return group == "/.." || strings.HasPrefix(group, "/../") }

// managerRoot is the control group below which PID 1 has its units, as
// cg_get_root_path() in systemd's cgroup-util.c finds it: where PID 1 is,
// without the unit that it puts itself into. It is not the root of the
// hierarchy in a container that shares its host's cgroup namespace.
func managerRoot(init string) string {
	for _, own := range []string{"/init.scope", "/system.slice", "/system"} {
		if root, ok := strings.CutSuffix(init, own); ok {
			return root
		}
	}
	return strings.TrimSuffix(init, "/")
}

// locate finds the innermost unit in a control group below a manager's root,
// by systemd's rule (cg_path_get_unit(), cg_path_get_user_unit()): slices, a
// unit, and if that is a user's manager, its slices and a unit of its own.
func locate(group string) Place {
	p := Place{Cgroup: group}
	rest := group
	p.Unit, rest = firstUnit(rest)
	if isUserManager(p.Unit) {
		p.Unit, rest = firstUnit(rest)
		p.User = p.Unit != ""
	}
	p.Below = strings.Trim(rest, "/")
	return p
}

// firstUnit skips slices and returns the unit that follows, and what is below
// that. Without one, the unit is empty.
func firstUnit(group string) (unit, rest string) {
	for group != "" {
		var name string
		name, group, _ = strings.Cut(strings.TrimPrefix(group, "/"), "/")
		name = strings.TrimPrefix(name, "_") // the mark of names that would look like the kernel's own
		switch {
		case strings.HasSuffix(name, ".slice"):
		case isUnit(name):
			return name, group
		default:
			return "", name + "/" + group
		}
	}
	return "", ""
}

// isUnit reports whether a name is one of the units that have processes, but
// slices, which have none.
func isUnit(name string) bool {
	for _, suffix := range []string{".service", ".scope", ".socket", ".mount", ".swap"} {
		if len(name) > len(suffix) && strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// isUserManager reports whether a unit is a manager with units of its own:
// user@UID.service, or capsule@NAME.service since systemd 256.
func isUserManager(unit string) bool {
	return strings.HasSuffix(unit, ".service") &&
		(strings.HasPrefix(unit, "user@") || strings.HasPrefix(unit, "capsule@"))
}
