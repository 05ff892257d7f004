package place

import (
	"strings"
	"testing"
)

// container is the ID of all situations; another is another container's.
var (
	container = strings.Repeat("a1", 32)
	another   = strings.Repeat("b2", 32)
)

// situation is what a monitor can find itself in.
type situation struct {
	name   string
	cgroup string // of /proc/self/cgroup; the line of the unified hierarchy if it begins with '/'
	init   string // PID 1's; empty is that of a machine
	facts  Facts  // ID is filled in

	unit, below  string
	user, hidden bool
	auto         Kind
	describe     bool
	service      string // the first reason against a service; empty is none
}

var root = Facts{Reachable: true, SameUsers: true, SameMounts: true}

// rootless is podman in its user and mount namespace, with the user's manager.
var rootless = Facts{Reachable: true, User: true}

const (
	notRoot = "the monitor is not root in the system manager's user namespace"
	mounts  = "the monitor has mounts of its own, or its mount namespace is not known"
	unknown = "the control group is outside of the cgroup namespace, so its unit is not known"
	users   = "/user.slice/user-1000.slice/user@1000.service"
)

func situations() []situation {
	libpod, crio, ours := "libpod-conmon-"+container+".scope", "crio-conmon-"+container+".scope", "unitmon-conmon-"+container+".scope"
	main := func(unit string) string { return unit + " is a service, whose main process the monitor may be" }
	return []situation{
		{
			name: "podman, systemd manager", cgroup: "/machine.slice/" + libpod, facts: root,
			unit: libpod, auto: Stay, describe: true,
		},
		{
			name: "podman, systemd manager, --cgroup-parent", cgroup: "/machine.slice/machine-blue.slice/" + libpod, facts: root,
			unit: libpod, auto: Stay, describe: true,
		},
		{
			name: "exec session in an engine's scope", cgroup: "/machine.slice/" + libpod, facts: root,
			unit: libpod, auto: Stay, describe: true,
		},
		{
			name: "successor of restart=always in our scope", cgroup: "/machine.slice/" + ours, facts: root,
			unit: ours, auto: Stay, describe: true,
		},
		{
			name: "started by another container's exit command", cgroup: "/machine.slice/unitmon-conmon-" + another + ".scope", facts: root,
			unit: "unitmon-conmon-" + another + ".scope", auto: Scope,
		},
		{
			name: "podman, cgroupfs manager", cgroup: "/libpod_parent/conmon", facts: root,
			below: "libpod_parent/conmon", auto: Scope,
		},
		{
			name: "podman, cgroupfs manager without controllers", cgroup: "/user.slice/user-0.slice/session-3.scope", facts: root,
			unit: "session-3.scope", auto: Scope,
		},
		{
			name: "podman, --cgroups=no-conmon in a service", cgroup: "/system.slice/web.service", facts: root,
			unit: "web.service", auto: Stay, service: main("web.service"),
		},
		{
			name: "podman, --cgroups=no-conmon in a session", cgroup: "/user.slice/user-0.slice/session-c1.scope", facts: root,
			unit: "session-c1.scope", auto: Scope,
		},
		{
			name: "quadlet, split", cgroup: "/system.slice/web.service/runtime", facts: root,
			unit: "web.service", below: "runtime", auto: Stay,
			service: "the container shares web.service with its monitor (--cgroups=split)",
		},
		{
			name: "quadlet in a template's slice", cgroup: `/system.slice/system-web.slice/web@a\x2db.service`, facts: root,
			unit: `web@a\x2db.service`, auto: Stay, service: main(`web@a\x2db.service`),
		},
		{
			name: "the API service, cgroupfs manager", cgroup: "/system.slice/podman.service", facts: root,
			unit: "podman.service", auto: Stay, service: main("podman.service"),
		},
		{
			name: "CRI-O, systemd manager", cgroup: "/system.slice/" + crio, facts: root,
			unit: crio, auto: Stay, describe: true,
		},
		{
			name: "CRI-O, pod's slice", cgroup: "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/" + crio, facts: root,
			unit: crio, auto: Stay, describe: true,
		},
		{
			name: "CRI-O, cgroupfs manager with CPU settings", cgroup: "/kubepods/pod1/crio-conmon-" + container, facts: root,
			below: "kubepods/pod1/crio-conmon-" + container, auto: Stay,
		},
		{
			name: "CRI-O, cgroupfs manager", cgroup: "/system.slice/crio.service", facts: root,
			unit: "crio.service", auto: Stay, service: main("crio.service"),
		},
		{
			name: "health check", cgroup: "/system.slice/" + container + "-7d84f6b716063dcb.service", facts: root,
			unit: container + "-7d84f6b716063dcb.service", auto: Stay, service: main(container + "-7d84f6b716063dcb.service"),
		},
		{
			name: "rootless podman", cgroup: users + "/user.slice/" + libpod, facts: rootless,
			unit: libpod, user: true, auto: Stay, describe: true, service: notRoot,
		},
		{
			name: "rootless, cgroupfs manager", cgroup: users + "/user.slice/podman-123.scope", facts: rootless,
			unit: "podman-123.scope", user: true, auto: Scope, service: notRoot,
		},
		{
			name: "rootless quadlet", cgroup: users + "/app.slice/web.service/runtime", facts: rootless,
			unit: "web.service", below: "runtime", user: true, auto: Stay, service: notRoot,
		},
		{
			name: "rootless health check", cgroup: users + "/app.slice/" + container + ".service", facts: rootless,
			unit: container + ".service", user: true, auto: Stay, service: notRoot,
		},
		{
			name: "rootless in a session", cgroup: "/user.slice/user-1000.slice/session-2.scope", facts: rootless,
			unit: "session-2.scope", auto: Scope, service: notRoot,
		},
		{
			name: "a user manager's own group", cgroup: users + "/init.scope", facts: rootless,
			unit: "init.scope", user: true, auto: Scope, service: notRoot,
		},
		{
			name: "below a user manager, in no unit", cgroup: users + "/libpod_parent/conmon", facts: rootless,
			below: "libpod_parent/conmon", auto: Scope, service: notRoot,
		},
		{
			name: "root in a user's service", cgroup: users + "/app.slice/terminal.service", facts: root,
			unit: "terminal.service", user: true, auto: Stay, service: main("terminal.service"),
		},
		{
			name: "root in a user's scope of the name", cgroup: users + "/user.slice/" + libpod, facts: root,
			unit: libpod, user: true, auto: Stay,
		},
		{
			name: "init.scope", cgroup: "/init.scope", facts: root,
			unit: "init.scope", auto: Scope,
		},
		{
			name: "the root", cgroup: "/", facts: root,
			auto: Scope,
		},
		{
			name: "private mounts, as with --uidmap", cgroup: "/machine.slice/" + libpod, facts: Facts{Reachable: true, SameUsers: true},
			unit: libpod, auto: Stay, describe: true, service: mounts,
		},
		{
			name: "passthrough", cgroup: "/machine.slice/" + libpod, facts: Facts{Reachable: true, SameUsers: true, SameMounts: true, Passthrough: true},
			unit: libpod, auto: Stay, describe: true, service: "the container has the engine's own input and output (--log-driver=passthrough)",
		},
		{
			name: "no systemd", cgroup: "/", facts: Facts{SameUsers: true, SameMounts: true},
			auto: Plain, service: "there is no service manager",
		},
		{
			name: "no systemd, in a foreign runtime's group", cgroup: "/docker/0123", facts: Facts{SameUsers: true, SameMounts: true},
			below: "docker/0123", auto: Plain, service: "there is no service manager",
		},
		{
			name: "legacy hierarchy", cgroup: "12:pids:/machine.slice\n1:name=systemd:/machine.slice/" + libpod + "\n", init: "1:name=systemd:/init.scope\n", facts: root,
			unit: libpod, auto: Stay, describe: true,
		},
		{
			name: "hybrid hierarchy", cgroup: "1:name=systemd:/system.slice/web.service\n0::/system.slice/web.service\n", init: "1:name=systemd:/init.scope\n0::/init.scope\n", facts: root,
			unit: "web.service", auto: Stay, service: main("web.service"),
		},
		{
			name: "legacy hierarchy with an idle unified one", cgroup: "1:name=systemd:/system.slice/web.service\n0::/\n", init: "1:name=systemd:/init.scope\n0::/\n", facts: root,
			unit: "web.service", auto: Stay, service: main("web.service"),
		},
		{
			name: "unified hierarchy with an idle legacy one", cgroup: "9:name=systemd:/\n8:pids:/\n0::/system.slice/web.service\n", init: "9:name=systemd:/\n0::/init.scope\n", facts: root,
			unit: "web.service", auto: Stay, service: main("web.service"),
		},
		{
			name: "outside of the cgroup namespace", cgroup: "/../../system.slice/web.service", facts: root,
			hidden: true, auto: Plain, service: unknown,
		},
		{
			name: "above the cgroup namespace", cgroup: "/..", facts: root,
			hidden: true, auto: Plain, service: unknown,
		},
		{
			name: "systemd in a container without a cgroup namespace", cgroup: "/machine.slice/libpod-" + another + ".scope/system.slice/web.service",
			init: "0::/machine.slice/libpod-" + another + ".scope/init.scope\n", facts: root,
			unit: "web.service", auto: Stay, service: main("web.service"),
		},
		{
			name: "the same, podman's scope in it", cgroup: "/docker/0123/machine.slice/" + libpod,
			init: "0::/docker/0123/init.scope\n", facts: root,
			unit: libpod, auto: Stay, describe: true,
		},
		{
			name: "capsule", cgroup: "/capsule.slice/capsule@a.service/app.slice/web.service", facts: rootless,
			unit: "web.service", user: true, auto: Stay, service: notRoot,
		},
		{
			name: "a name that systemd has escaped", cgroup: "/system.slice/_cpu.service", facts: root,
			unit: "cpu.service", auto: Stay, service: main("cpu.service"),
		},
	}
}

// in makes the text of a /proc/PID/cgroup of a situation's field.
func in(group string) string {
	if strings.HasPrefix(group, "/") {
		return "0::" + group + "\n"
	}
	return group
}

func TestDecide(t *testing.T) {
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			if s.init == "" {
				s.init = "0::/init.scope\n"
			}
			s.facts.ID = container
			p, err := find(in(s.cgroup), s.init)
			if err != nil || p.Unit != s.unit || p.Below != s.below || p.User != s.user || p.Hidden != s.hidden {
				t.Fatalf("%+v, %v", p, err)
			}
			d := Decide(Auto, p, s.facts)
			if d.Kind != s.auto || d.Why == "" || (d.Describe != "") != s.describe || d.Refused != nil {
				t.Errorf("auto: %+v, want %s", d, s.auto)
			}
			decideOthers(t, s, p)
		})
	}
}

// decideOthers asserts the modes that ask for something.
func decideOthers(t *testing.T, s situation, p Place) {
	if d := Decide(StayAlways, p, s.facts); d.Kind != Stay || (d.Describe != "") != s.describe || d.Refused != nil {
		t.Errorf("stay: %+v", d)
	}
	d := Decide(ScopeAlways, p, s.facts)
	if d.Kind != s.auto || (len(d.Refused) == 0) != (s.auto == Scope || p.Own(container) != "") {
		t.Errorf("scope: %+v", d)
	}
	d = Decide(ServiceAlways, p, s.facts)
	switch {
	case s.service == "" && (d.Kind != Service || d.Refused != nil):
		t.Errorf("service: %+v", d)
	case s.service != "" && (d.Kind != s.auto || !contains(d.Refused, s.service)):
		t.Errorf("service: %+v, want refused: %s", d, s.service)
	}
	for _, why := range append(d.Refused, d.Why) {
		if why == "" || strings.HasSuffix(why, ".") || strings.ContainsAny(why, "\n") {
			t.Errorf("no sentence: %q", why)
		}
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

// TestServiceRefused_All: every reason is told, not the first alone.
func TestServiceRefused_All(t *testing.T) {
	p := Place{Unit: "web.service", Below: "runtime"}
	got := Decide(ServiceAlways, p, Facts{ID: container, User: true, Passthrough: true}).Sentence()
	want := notRoot + "; " + mounts + "; the container shares web.service with its monitor (--cgroups=split); " +
		"the container has the engine's own input and output (--log-driver=passthrough); the manager is a user's own; there is no service manager"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestOwn_NoID: without a container nothing is the monitor's own.
func TestOwn_NoID(t *testing.T) {
	for _, unit := range []string{"libpod-conmon-.scope", "unitmon-conmon-.scope"} {
		if own := (Place{Unit: unit, Cgroup: "/crio-conmon-"}).Own(""); own != "" {
			t.Errorf("%s is taken for %s", unit, own)
		}
	}
	if (Place{Cgroup: "/crio-conmon-"}).ownGroup("") {
		t.Error("a control group is taken for the monitor's")
	}
}
