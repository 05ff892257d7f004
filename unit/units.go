package unit

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Kill sends a signal to processes of a unit: who is "main", "control" or
// "all" (every process in its cgroup), or one of them with "-fail" appended,
// which makes it an error if there is none. Without a main process "main" is an
// error that wraps ErrNoProcess. See org.freedesktop.systemd1(5), KillUnit().
func (c *Conn) Kill(ctx context.Context, name, who string, sig int) error {
	return named("kill", name, c.change(ctx, callKill, []any{name, who, int32(sig)}))
}

// ResetFailed makes the manager forget that a unit failed; a transient unit
// that nothing else needs is gone then.
func (c *Conn) ResetFailed(ctx context.Context, name string) error {
	return named("reset-failed", name, c.read(ctx, managerObj, callResetFailed, []any{name}))
}

// Ref keeps a unit loaded, with its last result readable, until Unref or Close.
// A transient unit can be held from its start with Property{"AddRef", true}.
// The bus only: the error is the manager's on a private connection. A
// reference is taken again after a loss of the bus, if the unit is still
// there.
func (c *Conn) Ref(ctx context.Context, name string) error {
	if err := c.change(ctx, callRef, []any{name}); err != nil {
		return named("ref", name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refs[name] = struct{}{}
	return nil
}

// Unref drops one reference. The error wraps ErrNotReferenced if there is none.
func (c *Conn) Unref(ctx context.Context, name string) error {
	c.mu.Lock()
	delete(c.refs, name)
	c.mu.Unlock()
	return named("unref", name, c.change(ctx, callUnref, []any{name}))
}

// SetProperties changes properties of a loaded unit, all or none; runtime says
// that they are gone after a reboot. Only those that
// org.freedesktop.systemd1(5) marks as changeable can be: resource control,
// mostly. The error wraps a *PropertyError or ErrNotLoaded.
func (c *Conn) SetProperties(ctx context.Context, name string, runtime bool, props ...Property) error {
	wire, err := encodeAll(props)
	if err != nil {
		return named("set properties of", name, err)
	}
	spec := Spec{Name: name, Properties: props}
	err = c.change(ctx, callSetProperties, []any{name, runtime, wire})
	keepAlive([]Spec{spec})
	return named("set properties of", name, refused(err, spec))
}

// UnitByPID returns the unit that a process is in. The error wraps ErrNotLoaded
// if it is in none.
func (c *Conn) UnitByPID(ctx context.Context, pid int) (string, error) {
	var path dbus.ObjectPath
	if err := c.read(ctx, managerObj, callUnitByPID, []any{uint32(pid)}, &path); err != nil {
		return "", fmt.Errorf("unit of process %d: %w", pid, err)
	}
	var id dbus.Variant
	if err := c.read(ctx, path, callGet, []any{ifaceFor("Unit"), "Id"}, &id); err != nil {
		return "", fmt.Errorf("unit of process %d: %w", pid, err)
	}
	name, _ := id.Value().(string)
	return name, nil
}

// Listed is one row of List.
type Listed struct {
	Name, Description                string
	LoadState, ActiveState, SubState string
	Following                        string
	JobID                            uint32 // 0 when no job is queued
	JobType                          string
}

// List returns the loaded units whose names match one of the shell patterns,
// or all without patterns.
func (c *Conn) List(ctx context.Context, patterns ...string) ([]Listed, error) {
	if patterns == nil {
		patterns = []string{}
	}
	var rows []struct {
		Name, Description, Load, Active, Sub, Following string
		Path                                            dbus.ObjectPath
		Job                                             uint32
		JobType                                         string
		JobPath                                         dbus.ObjectPath
	}
	if err := c.read(ctx, managerObj, callListPatterns, []any{[]string{}, patterns}, &rows); err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	out := make([]Listed, len(rows))
	for i, r := range rows {
		out[i] = Listed{r.Name, r.Description, r.Load, r.Active, r.Sub, r.Following, r.Job, r.JobType}
	}
	return out, nil
}

// named gives an error its verb and object; nil stays nil.
func named(verb, name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", verb, name, err)
}
