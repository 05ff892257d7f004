package place

import "github.com/unitmon/unitmon/internal/engine/place/bus"

// Names of the manager's D-Bus interface, org.freedesktop.systemd1(5), and of
// errors of the bus's own. They are in this file only.
const (
	managerName      = "org.freedesktop.systemd1"
	managerPath      = "/org/freedesktop/systemd1"
	managerInterface = managerName + ".Manager"

	startTransientUnit    = "StartTransientUnit"
	attachProcessesToUnit = "AttachProcessesToUnit"
	setUnitProperties     = "SetUnitProperties"
	jobRemoved            = "JobRemoved"

	errUnitExists   = managerName + ".UnitExists"
	errNoSuchUnit   = managerName + ".NoSuchUnit"
	errUnitInactive = managerName + ".UnitInactive"

	errServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown"
	errNoOwner        = "org.freedesktop.DBus.Error.NameHasNoOwner"
	errNoReply        = "org.freedesktop.DBus.Error.NoReply"
	errDisconnected   = "org.freedesktop.DBus.Error.Disconnected"
)

// matchJob is the rule for the end of a job of one unit.
func matchJob(unit string) string {
	return "type='signal',sender='" + managerName + "',interface='" + managerInterface +
		"',member='" + jobRemoved + "',arg2='" + unit + "'"
}

// manager is a call of the manager.
func manager(member, signature string) bus.Call {
	return bus.Call{
		Destination: managerName, Path: managerPath, Interface: managerInterface,
		Member: member, Signature: signature,
	}
}
