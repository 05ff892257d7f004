package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/unit"
)

// A paused container has a unit beside it, which is active as long as it is
// paused: starting it pauses the container, stopping it resumes it. That is for
// the sake of stopping. A process that is frozen does not get the stop signal, so
// that a stop would end only when the manager sends SIGKILL; but the manager stops
// this unit before the container's (After=, BindsTo=). It has no process.
//
// The manager's own FreezeUnit() is no substitute: it freezes the whole unit, and
// with it what runs after the container was killed (ExecStopPost=), which then
// hangs until its time is up.

// PauseUnit is the unit that is active while the container is paused.
func PauseUnit(name string) string { return pausePrefix + name + ".service" }

// Pause pauses a running container through its runtime and waits for that. self
// is the path of unitmon.
func Pause(ctx context.Context, m *unit.Conn, name, self string) error {
	u, err := Find(ctx, m, name)
	if err != nil {
		return err
	}
	st, err := m.State(ctx, u.Service)
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	spec, err := pauseSpec(ctx, m, name, self, st)
	if err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	job, err := m.Start(ctx, spec)
	if errors.Is(err, unit.ErrExists) {
		// It may be on its way out, after a restart of the container.
		last, werr := waitState(ctx, m, spec.Name, func(s unit.State) bool { return s.ActiveState == "active" || ended(s) })
		if werr == nil && last.ActiveState == "active" {
			return fmt.Errorf("container %s: it is paused: resume it first (unitmon resume %s)", name, name)
		}
		if job, err = nil, werr; err == nil {
			job, err = m.Start(ctx, spec)
		}
	}
	if err == nil {
		_, err = job.Wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("container %s: %w (%s -u %s)", name, err, journalctl(m), spec.Name)
	}
	return nil
}

// pauseSpec is the pause unit of a container in the state st. ExecCondition= keeps
// a restart of the container, which is passed on to this unit, from pausing the
// next run.
func pauseSpec(ctx context.Context, m *unit.Conn, name, self string, st unit.State) (unit.Spec, error) {
	props, err := m.Properties(ctx, st.Name, "Service")
	if err != nil {
		return unit.Spec{}, err
	}
	exec := func(verb string, more ...string) []unit.Exec {
		args := []string{self, verb}
		if m.Manager() == unit.User {
			args = append(args, "--user-manager")
		}
		return []unit.Exec{{Path: self, Args: append(append(args, name), more...), IgnoreFailure: verb == "thaw"}}
	}
	slice, _ := props["Slice"].(string)
	return unit.Spec{Name: PauseUnit(name), Properties: []unit.Property{
		prop("Description", "Pause of container "+name),
		prop("Type", "oneshot"),
		prop("RemainAfterExit", true),
		prop("ExecCondition", exec("runs", st.InvocationID)),
		prop("ExecStart", exec("freeze")),
		// Not ExecStop=: it is run too when freeze was killed, having paused or not.
		prop("ExecStopPost", exec("thaw")),
		prop("BindsTo", []string{st.Name}),
		prop("After", []string{st.Name}),
		prop("Slice", slice),
		prop("SyslogIdentifier", "unitmon"),
		prop("CollectMode", "inactive-or-failed"),
	}}, nil
}

// Resume resumes a paused container and waits for that, also one that was paused
// by the runtime's own command.
func Resume(ctx context.Context, m *unit.Conn, name string) error {
	if _, err := Find(ctx, m, name); err != nil {
		return err
	}
	job, err := m.StopUnit(ctx, PauseUnit(name))
	if err == nil {
		_, err = job.Wait(ctx)
	}
	if err != nil && !errors.Is(err, unit.ErrNotLoaded) {
		return fmt.Errorf("container %s: %w", name, err)
	}
	d, err := DirOf(name, m.Manager() == unit.User)
	if err != nil {
		return err
	}
	if err := Thaw(ctx, d); err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	return nil
}

// Freeze is the ExecStart= process of a pause unit.
func Freeze(ctx context.Context, d Dir) error {
	r, err := ReadRecord(d)
	if err != nil {
		return err
	}
	return Runtime(d, r).Pause(ctx, r.ID)
}

// Thaw is the ExecStopPost= process of a pause unit. A container that is not paused
// stays as it is.
func Thaw(ctx context.Context, d Dir) error {
	r, err := ReadRecord(d)
	if errors.Is(err, ErrNoContainer) {
		return nil
	}
	if err != nil {
		return err
	}
	rt := Runtime(d, r)
	s, err := rt.State(ctx, r.ID)
	if errors.Is(err, oci.ErrNotExist) || err == nil && s.Status != "paused" {
		return nil
	}
	if err != nil {
		return err
	}
	return rt.Resume(ctx, r.ID)
}

// Runs is the ExecCondition= process of a pause unit: it reports whether the
// container is in the run that the pause was meant for.
func Runs(ctx context.Context, m *unit.Conn, name, invocation string) (bool, error) {
	u, err := Find(ctx, m, name)
	if err != nil {
		return false, err
	}
	st, err := m.State(ctx, u.Service)
	return err == nil && st.InvocationID == invocation, err
}

// journalctl is the command that shows what a manager says.
func journalctl(m *unit.Conn) string {
	r := Record{User: m.Manager() == unit.User}
	return r.journalctl()
}
