package place

import "strings"

// Mode is what --unitmon-unit asks for.
type Mode string

// The modes of --unitmon-unit.
const (
	Auto          Mode = "auto"    // a scope, unless the monitor is in its place already
	StayAlways    Mode = "stay"    // never move
	ScopeAlways   Mode = "scope"   // a scope wherever that does no harm
	ServiceAlways Mode = "service" // a service where that is possible, or else as auto
)

// Kind is what a monitor is to do about its unit.
type Kind int

const (
	Plain   Kind = iota // be a plain process: there is no unit to be had
	Stay                // stay in the unit it is in
	Scope               // register as a scope
	Service             // start again as a transient service
)

// String names the kind for messages.
func (k Kind) String() string {
	return [...]string{"plain", "stay", "scope", "service"}[k]
}

// Decision is what to do, and why, for a message to people.
type Decision struct {
	Kind Kind
	Why  string
	// Describe is the scope that is the monitor's own already, whose description
	// it may set; empty if there is none.
	Describe string
	// Refused is why the mode that was asked for cannot be, as sentences without
	// a full stop; nil if nothing special was asked for, or it can be.
	Refused []string
}

// Facts are what decides beside the place.
type Facts struct {
	ID string // the container's

	// Reachable says that the sockets of a manager are there.
	Reachable bool
	// SameUsers says that the process is root in the user namespace of PID 1.
	SameUsers bool
	// SameMounts says that the process has the mounts of PID 1.
	SameMounts bool
	// Passthrough says that the container has the engine's own stdio.
	Passthrough bool
	// User says that the manager is the user's own.
	User bool
}

// Decide returns what a monitor is to do that is at p. A mode that it does not
// know is as Auto.
func Decide(mode Mode, p Place, f Facts) Decision {
	switch mode {
	case StayAlways:
		d := stay(p, f)
		d.Kind, d.Why = Stay, "asked to stay"
		return d
	case ServiceAlways:
		if refused := ServiceRefused(p, f); len(refused) > 0 {
			d := auto(p, f)
			d.Refused = refused
			return d
		}
		return Decision{Kind: Service, Why: "asked for a service"}
	case ScopeAlways:
		d := auto(p, f)
		if d.Kind != Scope && p.Own(f.ID) == "" {
			d.Refused = []string{d.Why}
		}
		return d
	}
	return auto(p, f)
}

// auto is Decide for Auto.
func auto(p Place, f Facts) Decision {
	if d := stay(p, f); d.Kind == Stay {
		return d
	}
	switch {
	case p.Hidden:
		return Decision{Why: "the control group is outside of the cgroup namespace, so its unit is not known"}
	case !f.Reachable:
		return Decision{Why: "there is no service manager"}
	case p.Unit != "":
		return Decision{Kind: Scope, Why: p.Unit + " is not the monitor's"}
	}
	return Decision{Kind: Scope, Why: "the control group " + p.Cgroup + " belongs to no unit"}
}

// stay is the decision for a place that is the monitor's, and Plain elsewhere.
func stay(p Place, f Facts) Decision {
	switch own := p.Own(f.ID); {
	case own != "":
		d := Decision{Kind: Stay, Why: own + " was made for this monitor"}
		if p.User == f.User {
			d.Describe = own
		}
		return d
	case p.ownGroup(f.ID):
		return Decision{Kind: Stay, Why: "the control group " + p.Cgroup + " was made for this monitor"}
	case p.Service():
		return Decision{Kind: Stay, Why: p.Unit + " is a service, whose main process the monitor may be"}
	}
	return Decision{}
}

// ServiceRefused returns why the monitor cannot be a transient service of its
// own, one sentence for each reason, without a full stop; nil if it can be.
//
// A service is started by the manager and not by the engine, so it has the
// manager's namespaces: what exists only in the engine's, such as the root
// directory of a rootless container or of one with --uidmap, would not be there.
func ServiceRefused(p Place, f Facts) []string {
	var no []string
	refuse := func(cond bool, why string) {
		if cond {
			no = append(no, why)
		}
	}
	refuse(!f.SameUsers, "the monitor is not root in the system manager's user namespace")
	refuse(!f.SameMounts, "the monitor has mounts of its own, or its mount namespace is not known")
	refuse(p.Hidden, "the control group is outside of the cgroup namespace, so its unit is not known")
	switch {
	case p.Split():
		no = append(no, "the container shares "+p.Unit+" with its monitor (--cgroups=split)")
	case p.Service():
		no = append(no, p.Unit+" is a service, whose main process the monitor may be")
	}
	refuse(f.Passthrough, "the container has the engine's own input and output (--log-driver=passthrough)")
	refuse(f.User, "the manager is a user's own")
	refuse(!f.Reachable, "there is no service manager")
	return no
}

// Sentence joins the reasons of a refusal.
func (d Decision) Sentence() string { return strings.Join(d.Refused, "; ") }
