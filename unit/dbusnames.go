package unit

import "github.com/godbus/dbus/v5"

// Names of the service manager's D-Bus interface, org.freedesktop.systemd1(5).
// They appear in this file only.
const (
	busName    = "org.freedesktop.systemd1"
	managerObj = dbus.ObjectPath("/org/freedesktop/systemd1")
	unitPrefix = "/org/freedesktop/systemd1/unit/"

	ifacePrefix = busName + "."
	ifaceMgr    = ifacePrefix + "Manager"

	callStartTransient = ifaceMgr + ".StartTransientUnit"
	callStart          = ifaceMgr + ".StartUnit"
	callStop           = ifaceMgr + ".StopUnit"
	callRestart        = ifaceMgr + ".RestartUnit"
	callKill           = ifaceMgr + ".KillUnit"
	callResetFailed    = ifaceMgr + ".ResetFailedUnit"
	callRef            = ifaceMgr + ".RefUnit"
	callUnref          = ifaceMgr + ".UnrefUnit"
	callSetProperties  = ifaceMgr + ".SetUnitProperties"
	callListPatterns   = ifaceMgr + ".ListUnitsByPatterns"
	callUnitByPID      = ifaceMgr + ".GetUnitByPID"
	callGetUnit        = ifaceMgr + ".GetUnit"
	callGetJob         = ifaceMgr + ".GetJob"
	callSubscribe      = ifaceMgr + ".Subscribe"

	callGet    = ifaceProps + ".Get"
	callGetAll = ifaceProps + ".GetAll"

	signalJobRemoved  = "JobRemoved"
	signalUnitNew     = "UnitNew"
	signalUnitRemoved = "UnitRemoved"
	signalReloading   = "Reloading"
)

// Names of the bus itself, from the D-Bus specification.
const (
	busDriver    = "org.freedesktop.DBus"
	busDriverObj = dbus.ObjectPath("/org/freedesktop/DBus")
	ifaceProps   = busDriver + ".Properties"

	callPing        = busDriver + ".Peer.Ping"
	callAddMatch    = busDriver + ".AddMatch"
	callRemoveMatch = busDriver + ".RemoveMatch"
	callNameOwner   = busDriver + ".GetNameOwner"

	signalOwnerChanged = "NameOwnerChanged"
	signalChanged      = "PropertiesChanged"
)

// Match rules, in the form of the D-Bus specification. The bus filters by
// them; a private connection has no filter and gets everything.
const (
	matchOwner     = "type='signal',sender='" + busDriver + "',member='" + signalOwnerChanged + "',arg0='" + busName + "'"
	matchJobs      = "type='signal',sender='" + busName + "',interface='" + ifaceMgr + "',member='" + signalJobRemoved + "'"
	matchReloading = "type='signal',sender='" + busName + "',interface='" + ifaceMgr + "',member='" + signalReloading + "'"
)

// matchUnit returns the rules for a unit's changes, its loading and its going.
func matchUnit(name string, path dbus.ObjectPath) []string {
	mgr := "type='signal',sender='" + busName + "',interface='" + ifaceMgr + "',arg0='" + name + "',member='"
	return []string{
		"type='signal',sender='" + busName + "',interface='" + ifaceProps + "',path='" + string(path) + "'",
		mgr + signalUnitNew + "'",
		mgr + signalUnitRemoved + "'",
		matchReloading,
	}
}

// Error names that callers can branch on.
const (
	errUnitExists       = busName + ".UnitExists"
	errNoSuchUnit       = busName + ".NoSuchUnit"
	errOnlyByDependency = busName + ".OnlyByDependency"
	errNotReferenced    = busName + ".NotReferenced"
	errNoSuchProcess    = busName + ".NoSuchProcess"
	errNoUnitForPID     = busName + ".NoUnitForPID"
	errSubscribed       = busName + ".AlreadySubscribed"
	errNoSuchJob        = busName + ".NoSuchJob"
	errBadSetting       = busName + ".BadUnitSetting"
	errInvalidArgs      = busDriver + ".Error.InvalidArgs"
	errReadOnly         = busDriver + ".Error.PropertyReadOnly"
	errUnknownProp      = busDriver + ".Error.UnknownProperty"
	errAccessDenied     = busDriver + ".Error.AccessDenied"
	errAuthRequired     = busDriver + ".Error.InteractiveAuthorizationRequired"
	errNoReply          = busDriver + ".Error.NoReply"
	errNoOwner          = busDriver + ".Error.NameHasNoOwner"
	errServiceUnknown   = busDriver + ".Error.ServiceUnknown"
	errDisconnected     = busDriver + ".Error.Disconnected"
)
