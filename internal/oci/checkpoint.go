package oci

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// CheckpointOptions say where a checkpoint goes.
type CheckpointOptions struct {
	ImagePath    string // directory for the image, absolute; it is made if missing
	WorkPath     string // directory for criu's logs; empty: the image's. runsc ignores it
	LeaveRunning bool   // the container goes on; else it is stopped
}

// Checkpoint writes what a running or paused container is to a directory. runc
// and crun need criu for that, and say so; runsc needs nothing. The error wraps
// errors.ErrUnsupported if the runtime cannot: crun without criu, and runsc
// before 2023 with LeaveRunning, which then starts the container anew, on the
// stdio of the call, and waits for its end.
func (r *Runtime) Checkpoint(ctx context.Context, id string, o CheckpointOptions) error {
	flags, err := imageFlags(o.ImagePath, o.WorkPath)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", id, err)
	}
	if o.LeaveRunning {
		if err := r.leavesRunning(ctx); err != nil {
			return fmt.Errorf("checkpoint %s: %w", id, err)
		}
		flags = append(flags, "--leave-running")
	}
	if err := os.MkdirAll(o.ImagePath, 0o700); err != nil {
		return fmt.Errorf("checkpoint %s: %w", id, err)
	}
	if err := r.run(ctx, call{verb: "checkpoint", id: id, flags: flags}); err != nil || o.LeaveRunning {
		return err
	}
	return r.endPaused(ctx, id)
}

// endPaused ends a paused container of runsc of 2022 after its checkpoint: it is
// written, but the sandbox ends only when it is resumed.
func (r *Runtime) endPaused(ctx context.Context, id string) error {
	if !quirksOf(r.Name).endsResumed {
		return nil
	}
	s, err := r.State(ctx, id)
	if err != nil || s.Status != "paused" {
		return err
	}
	return r.Resume(ctx, id)
}

// leavesRunning refuses the runsc that is known to fail; see Checkpoint.
func (r *Runtime) leavesRunning(ctx context.Context) error {
	if quirksOf(r.Name).name != "runsc" {
		return nil
	}
	version, err := r.Version(ctx)
	if err != nil {
		return err
	}
	if m := regexp.MustCompile(`\b(20\d\d)\d{4}\b`).FindStringSubmatch(version); m != nil && m[1] < "2023" {
		return fmt.Errorf("%s cannot leave the container running: %w", version, errors.ErrUnsupported)
	}
	return nil
}

// RestoreOptions describe a container that goes on from a checkpoint.
type RestoreOptions struct {
	Bundle    string // as for Create
	ImagePath string // the checkpoint's
	WorkPath  string // directory for criu's logs; empty: the image's. runsc ignores it
	PIDFile   string // as for Create
	Console   string // path of the socket that gets the terminal's master; empty: no terminal
	Stdio     [3]*os.File
}

// Restore makes the container id anew and lets it go on where it was when it was
// checkpointed. It returns when the container runs. runsc also restores into one
// that was created; runc and crun want none of that id.
func (r *Runtime) Restore(ctx context.Context, id string, o RestoreOptions) error {
	flags, err := imageFlags(o.ImagePath, o.WorkPath)
	if err != nil {
		return fmt.Errorf("restore %s: %w", id, err)
	}
	for _, p := range []string{o.Bundle, o.PIDFile} {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("restore %s: %q is not an absolute path", id, p)
		}
	}
	flags = append(flags, "--bundle", o.Bundle, "--pid-file", o.PIDFile, "--detach")
	if o.Console != "" {
		flags = append(flags, "--console-socket", o.Console)
	}
	log := o.PIDFile + ".log"
	_ = os.Remove(log)
	defer func() { _ = os.Remove(log) }()
	return r.run(ctx, call{verb: "restore", id: id, log: log, stdio: &o.Stdio, flags: flags})
}

// imageFlags are the flags that checkpoint and restore have in common.
func imageFlags(image, work string) ([]string, error) {
	for _, p := range []string{image, work} {
		if p != "" && !filepath.IsAbs(p) {
			return nil, fmt.Errorf("%q is not an absolute path", p)
		}
	}
	if image == "" {
		return nil, errors.New("no directory for the image")
	}
	flags := []string{"--image-path", image}
	if work != "" {
		flags = append(flags, "--work-path", work)
	}
	return flags, nil
}
