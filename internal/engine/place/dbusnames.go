package place

import (
	"fmt"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
)

// Names of the manager's D-Bus interface, org.freedesktop.systemd1(5), and of
// errors of the bus's own. They are in this file only.
const (
	managerName      = "org.freedesktop.systemd1"
	managerPath      = "/org/freedesktop/systemd1"
	managerInterface = managerName + ".Manager"

	startTransientUnit    = "StartTransientUnit"
	attachProcessesToUnit = "AttachProcessesToUnit"
	setUnitProperties     = "SetUnitProperties"
	subscribe             = "Subscribe"
	jobRemoved            = "JobRemoved"
	unitRemoved           = "UnitRemoved"

	unitInterface = managerName + ".Unit"
	activeState   = "ActiveState"

	properties = "org.freedesktop.DBus.Properties"
	get        = "Get"

	errUnitExists = managerName + ".UnitExists"
	errNoSuchUnit = managerName + ".NoSuchUnit"

	errInvalidArgs    = "org.freedesktop.DBus.Error.InvalidArgs"
	errServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown"
	errNoOwner        = "org.freedesktop.DBus.Error.NameHasNoOwner"
	errNoReply        = "org.freedesktop.DBus.Error.NoReply"
	errDisconnected   = "org.freedesktop.DBus.Error.Disconnected"
)

// matchJob is the rule for the ends of a unit's jobs. The manager sends the
// signal to the bus for whoever queued the job, without a subscription
// (job_send_removed_signal() in dbus-job.c).
func matchJob(unit string) string { return match(jobRemoved, "arg2", unit) }

// matchGone is the rule for the end of a unit. The manager sends that only if
// there is a subscription.
func matchGone(unit string) string { return match(unitRemoved, "arg0", unit) }

func match(signal, arg, unit string) string {
	return "type='signal',sender='" + managerName + "',interface='" + managerInterface +
		"',member='" + signal + "'," + arg + "='" + unit + "'"
}

// manager is a call of the manager.
func manager(member, signature string) bus.Call {
	return bus.Call{
		Destination: managerName, Path: managerPath, Interface: managerInterface,
		Member: member, Signature: signature,
	}
}

// unitPath is a unit's object: its name, in which all but letters and digits are
// written as _XX (sd_bus_path_encode(3)).
func unitPath(unit string) string {
	var b strings.Builder
	b.WriteString(managerPath + "/unit/")
	for i := range len(unit) {
		if c := unit[i]; c >= '0' && c <= '9' && i > 0 || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "_%02x", c)
		}
	}
	return b.String()
}

// startUnit is StartTransientUnit(name, mode, properties, aux).
func startUnit(name string, add func(propertyList)) bus.Call {
	call := manager(startTransientUnit, "ssa(sv)a(sa(sv))")
	a := &call.Args
	a.String(name)
	a.String("fail")
	a.Array(8, func() { add(propertyList{a}) })
	a.Array(8, func() {})
	return call
}

// propertyList is what properties are added to.
type propertyList struct{ *bus.Args }

func (p propertyList) text(name, value string) {
	p.Property(name, "s", func() { p.String(value) })
}

func (p propertyList) flag(name string, value bool) {
	p.Property(name, "b", func() { p.Bool(value) })
}

func (p propertyList) number(name string, value uint64) {
	p.Property(name, "t", func() { p.Uint64(value) })
}
