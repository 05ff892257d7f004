package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/unit"
)

// ConfigureSteps are the steps of LaunchConfigured before those of Launch.
func ConfigureSteps() []string {
	return []string{"configure:read", "configure:bundle", "configure:record", "configure:relay"}
}

// LaunchConfigured is Launch for a configured container: it first reads the
// configuration, at each start, and writes record and bundle into the directory
// that the socket unit has made. A relay that runs since before a change is
// stopped, so that the new settings hold for all that the container writes.
func LaunchConfigured(ctx context.Context, name string, user bool) error {
	d, err := DirOf(name, user)
	if err == nil {
		err = configure(ctx, d, name, user)
	}
	if err != nil {
		return errors.Join(err, sayFailed(err))
	}
	return Launch(ctx, d)
}

// sayFailed makes the failure the unit's status, in one line.
func sayFailed(cause error) error {
	manager, err := notify.FromEnv()
	if err != nil || manager == nil {
		return err
	}
	defer func() { _ = manager.Close() }()
	return manager.Send(notify.Status(launchFailed + strings.ReplaceAll(cause.Error(), "\n", "; ")))
}

// configure makes the container's directory say what its configuration says.
func configure(ctx context.Context, d Dir, name string, user bool) error {
	step("configure:read")
	c, err := LoadConfig(name, user)
	if err != nil {
		return err
	}
	p, err := planConfig(ctx, c, user)
	if err != nil {
		return err
	}
	if err := p.checkReloaded(ctx, c); err != nil {
		return err
	}
	before, err := os.ReadFile(d.record())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The record comes last: whoever reads it finds the bundle that it means.
	if err := p.replaceBundle(d); err != nil {
		return err
	}
	step("configure:record")
	if err := p.record.write(d); err != nil {
		return err
	}
	step("configure:relay")
	after, err := os.ReadFile(d.record())
	if err != nil || before == nil || bytes.Equal(before, after) {
		return err
	}
	return stopRelay(ctx, p.record)
}

// replaceBundle writes the bundle beside an earlier start's and puts it in its
// place. Nothing runs in the old one: reap has deleted it, or Launch will by the
// runtime's own state.
func (p *Plan) replaceBundle(d Dir) error {
	next := d.Bundle() + ".new"
	if err := os.RemoveAll(next); err != nil {
		return err
	}
	if err := os.Mkdir(next, 0o700); err != nil {
		return fmt.Errorf("%w (the directory belongs to %s)", err, p.record.Units().Socket)
	}
	if err := p.bundle.Write(next); err != nil {
		return err
	}
	if err := os.Mkdir(d.RuntimeRoot(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	step("configure:bundle")
	if err := os.RemoveAll(d.Bundle()); err != nil {
		return err
	}
	return os.Rename(next, d.Bundle())
}

// stopRelay stops a relay that works by an older record. The sockets stay: the
// next output starts another.
func stopRelay(ctx context.Context, r *Record) error {
	kind := unit.System
	if r.User {
		kind = unit.User
	}
	m, err := unit.Dial(ctx, kind)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	job, err := m.StopUnit(ctx, r.Units().Relay)
	if errors.Is(err, unit.ErrNotLoaded) {
		return nil
	}
	if err == nil {
		_, err = job.Wait(ctx)
	}
	return err
}
