package unit

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// jobMode "fail": the job is refused if it conflicts with one that is queued.
const jobMode = "fail"

// Spec describes a transient unit: its full name and its properties, which are
// applied in order.
type Spec struct {
	Name       string
	Properties []Property
}

// wireSpec is an auxiliary unit as the manager takes it, (sa(sv)).
type wireSpec struct {
	Name       string
	Properties []wireProperty
}

// Start creates the transient unit s and queues its start. The units aux are
// loaded with it and not started; the manager forgets one that nothing refers
// to (a socket refers to the service of its name).
//
// The error wraps ErrExists, ErrPermission or a *PropertyError; nothing has
// been created then. The job says whether it started.
func (c *Conn) Start(ctx context.Context, s Spec, aux ...Spec) (*Job, error) {
	all := append([]Spec{s}, aux...)
	wire := make([]wireSpec, len(all))
	for i, s := range all {
		if err := CheckName(s.Name); err != nil {
			return nil, err
		}
		props, err := encodeAll(s.Properties)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", s.Name, err)
		}
		wire[i] = wireSpec{s.Name, props}
	}
	j, err := c.enqueue(ctx, s.Name, false, callStartTransient, []any{s.Name, jobMode, wire[0].Properties, wire[1:]})
	keepAlive(all)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, refused(err, all...))
	}
	return j, nil
}

// StartUnit queues the start of a unit that exists. The error wraps
// ErrNotLoaded if there is none of that name.
func (c *Conn) StartUnit(ctx context.Context, name string) (*Job, error) {
	return c.queue(ctx, "start", name, false, callStart, jobMode)
}

// StopUnit queues the stop of a unit. It replaces a start that is queued, as
// systemctl stop does; that start's result is canceled. A call that failed
// with ErrDisconnected can be repeated.
func (c *Conn) StopUnit(ctx context.Context, name string) (*Job, error) {
	return c.queue(ctx, "stop", name, true, callStop, "replace")
}

// RestartUnit queues a stop, if the unit runs, and a start.
func (c *Conn) RestartUnit(ctx context.Context, name string) (*Job, error) {
	return c.queue(ctx, "restart", name, false, callRestart, "replace")
}

func (c *Conn) queue(ctx context.Context, verb, name string, stops bool, method, mode string) (*Job, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	j, err := c.enqueue(ctx, name, stops, method, []any{name, mode})
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", verb, name, err)
	}
	return j, nil
}

// unitPath returns the object of a unit; the manager loads a unit whose object
// is asked.
func unitPath(name string) dbus.ObjectPath { return dbus.ObjectPath(unitPrefix + escapePath(name)) }
