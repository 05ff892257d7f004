package container

import (
	"context"
	"os"
	"strconv"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/unit"
)

// complete fills in what a list of units does not say. A container that is gone
// meanwhile becomes the zero Info.
func (i *Info) complete(ctx context.Context, m *unit.Conn, relays map[string]unit.Listed) error {
	f := &facts{ctx: ctx, m: m}
	i.askState(f)
	if f.err == nil && i.LoadState == "not-found" && !i.Configured {
		*i = Info{}
		return nil
	}
	i.askProcess(f, m.Manager() == unit.User)
	i.askRelay(f, relays, m.Manager() == unit.User)
	return f.err
}

// askState asks for what a unit that is not loaded, or has just gone, lacks.
func (i *Info) askState(f *facts) {
	if i.ActiveState != "" {
		i.Since = f.instant(i.Unit, sinceProperty(i.ActiveState))
	}
	if !i.Since.IsZero() {
		return
	}
	i.LoadState = f.text(i.Unit, "Unit", "LoadState")
	i.ActiveState, i.SubState = f.text(i.Unit, "Unit", "ActiveState"), f.text(i.Unit, "Unit", "SubState")
	i.Since = f.instant(i.Unit, sinceProperty(i.ActiveState))
}

// sinceProperty is the property that has the time at which a unit came into a
// state.
func sinceProperty(active string) string {
	switch active {
	case "inactive", "failed":
		return "InactiveEnterTimestamp"
	case "activating":
		return "InactiveExitTimestamp"
	case "deactivating":
		return "ActiveExitTimestamp"
	}
	return "ActiveEnterTimestamp"
}

// askProcess asks for the container's process, or how it ended.
func (i *Info) askProcess(f *facts, user bool) {
	i.Restarts = f.number(i.Unit, "NRestarts")
	if pid, cgroup := i.ownPID(user); pid != 0 && !i.Ended() {
		i.PID, i.Paused = pid, frozenGroup(cgroup)
		return
	}
	if pid := f.number(i.Unit, "MainPID"); pid != 0 {
		i.PID, i.Paused = pid, frozen(pid)
		return
	}
	i.setExit(f.number(i.Unit, "ExecMainCode"), f.number(i.Unit, "ExecMainStatus"))
}

// ownPID is the process that the runtime has made for the container, if it is in
// the container's unit, and its cgroup: that spares a call for each container. 0
// means that the manager has to be asked.
func (i *Info) ownPID(user bool) (pid int, cgroup string) {
	d, err := DirOf(i.Name, user)
	if err != nil {
		return 0, ""
	}
	if pid, err = oci.ReadPIDFile(d.PIDFile()); err != nil {
		return 0, ""
	}
	if cgroup, err = cgroupOf(strconv.Itoa(pid)); err != nil || !hasElement(cgroup, i.Unit) {
		return 0, ""
	}
	return pid, cgroup
}

// askRelay finds out about the relay, and what the record says. A relay that has
// never run, or that makes the container wait (log policy block), has lost nothing.
func (i *Info) askRelay(f *facts, relays map[string]unit.Listed, user bool) {
	u := TransientUnits(i.Name)
	if i.Configured {
		u = FileUnits(i.Name)
	}
	listed, there := relays[u.Relay]
	i.Relay = relayState(listed)
	d, err := DirOf(i.Name, user)
	if err != nil || (i.Ended() && !there) {
		return
	}
	r, err := ReadRecord(d)
	if err != nil {
		return // there is none yet, or it is not ours to read
	}
	i.ID, i.Source = r.ID, r.Source
	if i.Relay == RelayWorking && r.Resident() {
		i.Relay = RelayResident
	}
	if r.Stdio == StdioJournal {
		return // nobody counts
	}
	var lost uint64
	if r.LogPolicy == LogDrop && there && d.relayHasRun() {
		lost = ParseLosses(f.text(u.Relay, "Service", "StatusText")).Lines
	}
	i.LostLines = &lost
}

// relayState is the relay's state by its unit's.
func relayState(u unit.Listed) string {
	switch {
	case u.SubState == "auto-restart" || u.ActiveState == "activating" && u.SubState != "start":
		return RelayRestarting
	case u.ActiveState == "failed":
		return RelayFailed
	case u.ActiveState == "" || u.ActiveState == "inactive":
		return RelayNone
	}
	return RelayWorking
}

// relayHasRun reports whether a relay of this container runs or has run.
func (d Dir) relayHasRun() bool {
	for _, path := range []string{d.RelayActive(), d.RelayState()} {
		if _, err := os.Lstat(path); err == nil {
			return true
		}
	}
	return false
}
