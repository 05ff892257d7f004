package container

import (
	"time"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/unit"
)

// relayStopTimeout is the stop timeout of a relay: what it still has to do when it
// is told to leave is one write.
const relayStopTimeout = 10 * time.Second

// relayWatchdog is after how long a relay that says nothing is killed and
// started anew (WatchdogSec=; Restart=on-failure includes it).
const relayWatchdog = 30 * time.Second

// prop is short for a unit property.
func prop(name string, value any) unit.Property { return unit.Property{Name: name, Value: value} }

// serviceSpec is the container unit; refs says whether the manager can count
// references to it.
func (p *Plan) serviceSpec(self string, refs bool) unit.Spec {
	c := &p.config
	command := func(verb string) []unit.Exec { return []unit.Exec{{Path: self, Args: p.command(self, verb)}} }
	props := []unit.Property{
		prop("Description", "Container "+c.Name),
		prop("Type", "notify"),
		prop("NotifyAccess", "all"),
		prop("Delegate", true),
		prop("KillMode", "mixed"),
		prop("ExecStart", command("launch")),
		prop("ExecStopPost", command("reap")),
		prop("Requires", []string{SocketUnit(c.Name)}),
		prop("After", []string{SocketUnit(c.Name)}),
		prop("SyslogIdentifier", "unitmon"),
		prop("TimeoutStopUSec", c.StopTimeout),
		prop("KillSignal", int32(p.stopSignal)),
	}
	if p.record.SDNotify == NotifyUnit {
		props = append(props, prop("ExecStartPost", command("begin")))
	}
	if refs {
		// What the unit said last stays readable until we have read it.
		props = append(props, prop("AddRef", true))
	}
	props = append(props, p.optional()...)
	return unit.Spec{Name: UnitName(c.Name), Properties: append(props, p.properties...)}
}

// command is the argument vector of one of our processes in the unit.
func (p *Plan) command(self, verb string) []string {
	args := []string{self, verb}
	if p.config.User {
		args = append(args, "--user-manager")
	}
	return append(args, p.config.Name)
}

// DefaultSlice is the slice of containers that were not given another.
const DefaultSlice = "unitmon.slice"

// slice is the slice of the container, not of its relay: when a slice is stopped
// everything in it is, at once; the relay has to store the container's last
// output, and starting it again would cancel the stop of its slice.
func (c *Config) slice() string {
	if c.Slice != "" {
		return c.Slice
	}
	return DefaultSlice
}

// optional is what depends on the options.
func (p *Plan) optional() []unit.Property {
	c := &p.config
	props := []unit.Property{prop("Slice", c.slice())}
	if c.Restart != "" {
		props = append(props, prop("Restart", c.Restart))
	}
	if !c.Keep {
		props = append(props, prop("CollectMode", "inactive-or-failed"))
	}
	if c.Stdio == StdioJournal && !c.User {
		// The container writes to the journal itself: its fields are the
		// unit's, and journald's rate limit would drop its lines; 0 would mean
		// that limit.
		props = append(props, prop("LogExtraFields", p.extraFields(false)), prop("LogRateLimitIntervalUSec", uint64(1)))
	}
	return props
}

// extraFields are the record's fields that journald lets a unit add. Those of
// the container unit need not say that they belong to it.
func (p *Plan) extraFields(relay bool) [][]byte {
	var list [][]byte
	for _, f := range p.record.Fields() {
		if unitLevel(f[0]) && (relay || f[0] != journal.ObjectSystemdUnit) {
			list = append(list, []byte(f[0]+"="+f[1]))
		}
	}
	return list
}

// socketSpec is the socket unit. It is wanted by the container unit only: when
// that is gone for good, not merely between two restarts, the manager stops it,
// and with it go the FIFOs and the container's directory.
func (p *Plan) socketSpec() unit.Spec {
	c := &p.config
	listen := []unit.Listen{
		{Type: "FIFO", Path: p.dir.Stdout()},
		{Type: "FIFO", Path: p.dir.Stderr()},
		{Type: "SequentialPacket", Path: p.dir.Attach()},
		{Type: "SequentialPacket", Path: p.dir.Control()},
	}
	if c.Stdio == StdioJournal {
		listen = listen[3:]
	}
	props := []unit.Property{
		prop("Description", "Output of container "+c.Name),
		prop("Listen", listen),
		// Any user in the container may open its /dev/stdout anew; from
		// outside the directory is in the way.
		prop("SocketMode", uint32(0o666)),
		prop("DirectoryMode", uint32(0o700)),
		prop("RemoveOnStop", true),
		prop("RuntimeDirectory", []string{"unitmon/" + c.Name}),
		prop("RuntimeDirectoryMode", uint32(0o700)),
		// A socket unit that is triggered often is switched off by default.
		prop("TriggerLimitIntervalUSec", uint64(0)),
		prop("CollectMode", "inactive-or-failed"),
		prop("DefaultDependencies", false),
		prop("IgnoreOnIsolate", true),
	}
	if c.Keep {
		// The dependency keeps the ended container unit loaded.
		props = append(props, prop("Before", []string{UnitName(c.Name)}))
	} else {
		// Stopped by hand it would take the last output with it: what is in
		// the FIFOs needs the relay, which it would not start any more.
		props = append(props, prop("StopWhenUnneeded", true), prop("RefuseManualStop", true))
	}
	return unit.Spec{Name: SocketUnit(c.Name), Properties: props}
}

// relaySpec is the relay's service unit.
func (p *Plan) relaySpec(relay string) unit.Spec {
	c := &p.config
	args := []string{relay}
	if c.User {
		args = append(args, "--user-manager")
	}
	props := []unit.Property{
		prop("Description", "Relay of container "+c.Name),
		prop("Type", "notify"),
		prop("NotifyAccess", "main"),
		prop("ExecStart", []unit.Exec{{Path: relay, Args: append(args, c.Name)}}),
		prop("Environment", relayEnvironment()),
		prop("PartOf", []string{SocketUnit(c.Name)}),
		prop("DefaultDependencies", false),
		prop("IgnoreOnIsolate", true),
		prop("Restart", "on-failure"),
		prop("RestartUSec", 20*time.Millisecond),
		prop("StartLimitIntervalUSec", uint64(0)),
		prop("FileDescriptorStoreMax", uint32(loop.StoreMax)),
		prop("WatchdogUSec", relayWatchdog),
		prop("TimeoutStopUSec", relayStopTimeout),
		prop("SyslogIdentifier", "unitmon-relay"),
		prop("CollectMode", "inactive-or-failed"),
		prop("UMask", uint32(0o027)), // log files have mode 0640
	}
	for _, h := range relayHardening() {
		if h.where == everywhere || h.where == systemOnlyRelay && !c.User {
			props = append(props, prop(h.name, h.bus))
		}
	}
	if !c.User {
		// 0 would mean: take the default, which drops lines.
		props = append(props, prop("LogRateLimitIntervalUSec", uint64(1)))
	}
	if p.record.LogFields {
		props = append(props, prop("LogExtraFields", p.extraFields(true)))
	}
	return unit.Spec{Name: RelayUnit(c.Name), Properties: props}
}

// relayEnvironment makes the Go runtime do as little as it can beside the loop,
// which is one thread and never computes for long.
func relayEnvironment() []string { return []string{"GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1"} }
