package unit

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"
)

// State is a unit's state as the manager tells it at one moment; see
// systemctl(1) and org.freedesktop.systemd1(5). What a kind of unit does not
// have is zero: a scope has Result, ControlGroup and no process of its own, a
// socket no status text. It is comparable.
type State struct {
	Name        string // the unit's Id
	Description string
	LoadState   string // loaded, not-found, bad-setting, error, masked …
	ActiveState string // active, reloading, inactive, failed, activating, deactivating …
	SubState    string
	Result      string // success, exit-code, signal, core-dump, timeout, oom-kill, resources …

	MainPID        int // 0 when there is none
	ControlPID     int
	ExecMainPID    int // the last main process, also after its end
	ExecMainCode   int // CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3; 0 while it runs
	ExecMainStatus int // exit code or signal, by ExecMainCode
	StatusText     string
	StatusErrno    int
	NRestarts      int

	InvocationID string // 32 hexadecimal digits; empty before the first start
	ControlGroup string // below the cgroup root; empty when there is none
	JobID        uint32 // 0 when no job is queued

	ActiveEnter   time.Time // zero if it never was
	InactiveEnter time.Time
}

// State returns a unit's state, in one snapshot. The error wraps ErrNotLoaded
// if the manager finds no unit of that name; it loads a unit that has a file.
func (c *Conn) State(ctx context.Context, name string) (State, error) {
	if err := CheckName(name); err != nil {
		return State{}, err
	}
	var props map[string]dbus.Variant
	if err := c.read(ctx, unitPath(name), callGetAll, []any{""}, &props); err != nil {
		return State{}, named("state of", name, err)
	}
	s := newState(props)
	if s.LoadState == "not-found" {
		return s, named("state of", name, ErrNotLoaded)
	}
	return s, nil
}

// Properties returns all properties of one interface of a unit: "Unit",
// "Service", "Socket", "Scope", or "" for all together. Their Go types are
// godbus's; a struct is a []any.
func (c *Conn) Properties(ctx context.Context, name, iface string) (map[string]any, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	var props map[string]dbus.Variant
	if err := c.read(ctx, unitPath(name), callGetAll, []any{ifaceFor(iface)}, &props); err != nil {
		return nil, fmt.Errorf("properties of %s: %w", name, err)
	}
	out := make(map[string]any, len(props))
	for k, v := range props {
		out[k] = v.Value()
	}
	return out, nil
}

// ifaceFor returns the full name of a unit interface; "" means all.
func ifaceFor(short string) string {
	if short == "" {
		return ""
	}
	return ifacePrefix + short
}

func newState(p map[string]dbus.Variant) State {
	return State{
		Name: text(p["Id"]), Description: text(p["Description"]), LoadState: text(p["LoadState"]),
		ActiveState: text(p["ActiveState"]), SubState: text(p["SubState"]), Result: text(p["Result"]),
		MainPID: number(p["MainPID"]), ControlPID: number(p["ControlPID"]),
		ExecMainPID: number(p["ExecMainPID"]), ExecMainCode: number(p["ExecMainCode"]),
		ExecMainStatus: number(p["ExecMainStatus"]), StatusText: text(p["StatusText"]),
		StatusErrno: number(p["StatusErrno"]), NRestarts: number(p["NRestarts"]),
		InvocationID: hexID(p["InvocationID"]), ControlGroup: text(p["ControlGroup"]), JobID: jobID(p["Job"]),
		ActiveEnter: instant(p["ActiveEnterTimestamp"]), InactiveEnter: instant(p["InactiveEnterTimestamp"]),
	}
}

// inState reports whether a property is part of State.
func inState(name string) bool {
	switch name {
	case "Id", "Description", "LoadState", "ActiveState", "SubState", "Result", "MainPID", "ControlPID",
		"ExecMainPID", "ExecMainCode", "ExecMainStatus", "StatusText", "StatusErrno", "NRestarts",
		"InvocationID", "ControlGroup", "Job", "ActiveEnterTimestamp", "InactiveEnterTimestamp":
		return true
	}
	return false
}

func text(v dbus.Variant) string {
	s, _ := v.Value().(string)
	return s
}

func number(v dbus.Variant) int {
	switch n := v.Value().(type) {
	case int32:
		return int(n)
	case uint32:
		return int(n)
	}
	return 0
}

func hexID(v dbus.Variant) string {
	b, _ := v.Value().([]byte)
	return hex.EncodeToString(b)
}

// jobID reads the Job property, (uo).
func jobID(v dbus.Variant) uint32 {
	if f, _ := v.Value().([]any); len(f) == 2 {
		id, _ := f[0].(uint32)
		return id
	}
	return 0
}

// instant reads microseconds since the epoch; 0 is never.
func instant(v dbus.Variant) time.Time {
	us, _ := v.Value().(uint64)
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(us))
}
