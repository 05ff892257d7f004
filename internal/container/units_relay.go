package container

// hardening is a setting that takes something from relays.
type hardening struct {
	name, value string // as in a unit file
	bus         any    // as a property of a transient unit
	where       relayPlace
}

// relayPlace says which relays have a setting.
type relayPlace int

const (
	// everywhere: transient relays of every manager, and both templates.
	everywhere relayPlace = iota
	// systemOnlyRelay: transient relays and the template of the system's manager.
	systemOnlyRelay
	// templates: the two templates; over D-Bus it has a type of its own.
	templates
	// systemTemplate: the template of the system's manager. These make a mount
	// namespace, for which every start of a relay waits, or are of use only
	// with one; transient containers are started by hand and in great numbers.
	systemTemplate
)

// relayHardening is what relays cannot do; contrib/systemd has the reasons for
// what they can. A test compares it with the unit files there.
func relayHardening() []hardening {
	return []hardening{
		{"NoNewPrivileges", "yes", true, everywhere},
		{"LockPersonality", "yes", true, everywhere},
		{"RestrictRealtime", "yes", true, everywhere},
		{"RestrictSUIDSGID", "yes", true, everywhere},
		{"MemoryDenyWriteExecute", "yes", true, everywhere},
		{"RestrictNamespaces", "yes", uint64(0), everywhere}, // 0: none may be made
		{"SystemCallArchitectures", "native", []string{"native"}, everywhere},
		{"CapabilityBoundingSet", "CAP_DAC_OVERRIDE CAP_SYS_RESOURCE CAP_NET_ADMIN", uint64(1<<1 | 1<<24 | 1<<12), systemOnlyRelay},
		{"KeyringMode", "private", "private", systemOnlyRelay},
		{"RestrictAddressFamilies", "AF_UNIX", nil, templates},
		{"SystemCallFilter", "@system-service", nil, templates},
		{"SystemCallErrorNumber", "EPERM", nil, templates},
		{"SystemCallFilter", "~@resources @privileged", nil, systemTemplate},
		{"ProtectSystem", "strict", nil, systemTemplate},
		{"ReadWritePaths", "%t/unitmon/%i", nil, systemTemplate},
		{"ProtectHome", "read-only", nil, systemTemplate},
		{"PrivateDevices", "yes", nil, systemTemplate},
		{"PrivateNetwork", "yes", nil, systemTemplate},
		{"PrivateIPC", "yes", nil, systemTemplate},
		{"PrivateMounts", "yes", nil, systemTemplate},
		{"IPAddressDeny", "any", nil, systemTemplate},
		{"ProtectClock", "yes", nil, systemTemplate},
		{"ProtectHostname", "yes", nil, systemTemplate},
		{"ProtectControlGroups", "yes", nil, systemTemplate},
		{"ProtectKernelLogs", "yes", nil, systemTemplate},
		{"ProtectKernelModules", "yes", nil, systemTemplate},
		{"ProtectKernelTunables", "yes", nil, systemTemplate},
		{"ProtectProc", "invisible", nil, systemTemplate},
		{"ProcSubset", "pid", nil, systemTemplate},
	}
}
