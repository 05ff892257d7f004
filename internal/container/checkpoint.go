package container

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/unit"
)

// ImageDir is where a container's checkpoint is if nobody says otherwise:
// /var/lib/unitmon/checkpoint/NAME, or for a user's own manager below
// $XDG_STATE_HOME, by default ~/.local/state.
func ImageDir(name string, user bool) (string, error) {
	if !user {
		return filepath.Join("/var/lib/unitmon/checkpoint", name), nil
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local/state")
	}
	return filepath.Join(state, "unitmon/checkpoint", name), nil
}

// Checkpoint writes what a container is to image, an absolute path of a directory
// that is empty or not there. Unless it is left running it has ended then, and its
// unit with it; so a unit that Restart= would start anew, from the beginning, is
// refused.
func Checkpoint(ctx context.Context, m *unit.Conn, name, image string, leaveRunning bool) error {
	c, err := OpenRuntime(ctx, m, name)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := errors.Join(checkEmpty(image), checkStays(ctx, m, name, leaveRunning)); err != nil {
		return fmt.Errorf("container %s: %w", name, err)
	}
	err = c.Checkpoint(ctx, oci.CheckpointOptions{ImagePath: image, LeaveRunning: leaveRunning})
	var call *oci.Error
	if errors.As(err, &call) && call.Verb == "state" {
		err = nil // asked after the checkpoint, when reap has deleted the container already
	}
	if err != nil {
		_ = os.Remove(image) // if nothing is in it
		if errors.Is(err, errors.ErrUnsupported) {
			err = fmt.Errorf("%w (what runtimes need for it: unitmon checkpoint --help)", err)
		}
		return err
	}
	if leaveRunning {
		return nil
	}
	err = Stop(ctx, m, name)
	if errors.Is(err, unit.ErrNotLoaded) || errors.Is(err, ErrNoContainer) {
		return nil // it has ended, and gone
	}
	return err
}

// OpenRuntime is the container name of its runtime. The caller must close it. The
// error is a *lifecycle.NotAllowed if it has ended, or was not started.
func OpenRuntime(ctx context.Context, m *unit.Conn, name string) (*lifecycle.Container, error) {
	if _, err := Find(ctx, m, name); err != nil {
		return nil, err
	}
	d, err := DirOf(name, m.Manager() == unit.User)
	if err != nil {
		return nil, err
	}
	r, err := ReadRecord(d)
	if errors.Is(err, ErrNoContainer) {
		return nil, &lifecycle.NotAllowed{Name: name, State: lifecycle.Stopped}
	}
	if err != nil {
		return nil, fmt.Errorf("container %s: %w", name, err)
	}
	c, err := lifecycle.OpenNamed(ctx, Runtime(d, r), r.ID, name)
	if errors.Is(err, oci.ErrNotExist) { // reap has deleted it
		return nil, &lifecycle.NotAllowed{Name: name, State: lifecycle.Stopped}
	}
	return c, err
}

// checkStays refuses a container that the manager would start again.
func checkStays(ctx context.Context, m *unit.Conn, name string, leaveRunning bool) error {
	if leaveRunning {
		return nil
	}
	u, err := Find(ctx, m, name)
	if err != nil {
		return err
	}
	props, err := m.Properties(ctx, u.Service, "Service")
	if err != nil {
		return err
	}
	if restart, _ := props["Restart"].(string); restart != "no" {
		return fmt.Errorf("its unit has Restart=%s and would be started from the beginning: --leave-running, or run it without", restart)
	}
	return nil
}

// checkEmpty refuses a directory in which something is: an older image would be
// mixed with the new one.
func checkEmpty(image string) error {
	dir, err := os.Open(image)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	if _, err := dir.Readdirnames(1); !errors.Is(err, io.EOF) {
		return errors.Join(fmt.Errorf("image path %s is not empty", image), err)
	}
	return nil
}

// checkRestore checks what is restored, before anything is made.
func (p *Plan) checkRestore() error {
	c := &p.config
	if c.Restore == "" {
		return nil
	}
	switch fi, err := os.Stat(c.Restore); {
	case !filepath.IsAbs(c.Restore):
		return fmt.Errorf("image path %q is not absolute", c.Restore)
	case err != nil:
		return fmt.Errorf("image path: %w", err)
	case !fi.IsDir():
		return fmt.Errorf("image path %s is not a directory", c.Restore)
	case c.OCI.Terminal:
		return errors.New("a container with a terminal cannot be restored")
	case c.SDNotify == NotifyContainer:
		return errors.New("a restored container does not say READY=1 again: --sdnotify container is not possible")
	}
	return nil
}

// restore makes the runtime restore the container, which runs when it returns.
func (l *launcher) restore(ctx context.Context, stdio [3]*os.File) error {
	return explain(l.runtime.Restore(ctx, l.record.ID, oci.RestoreOptions{
		Bundle: l.dir.Bundle(), ImagePath: l.record.Restore, PIDFile: l.dir.PIDFile(), Stdio: stdio,
	}))
}
