package lifecycle

import (
	"context"
	"errors"
	"os"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// CreateOptions describe a container to create; see oci.Runtime.Create.
type CreateOptions struct {
	Bundle, PIDFile string
	Stdio           [3]*os.File // stay the caller's
}

// Create makes the container and leaves it waiting for Start. After an error
// nothing of it is there.
func (c *Container) Create(ctx context.Context, o CreateOptions) error {
	return c.appear(ctx, OpCreate, o.PIDFile, func() error {
		c.apply(OpCreate)
		return c.runtime.Create(ctx, c.id, o.Bundle, o.PIDFile, o.Stdio)
	})
}

// Restore makes the container from a checkpoint and lets it go on; see
// oci.Runtime.Restore. One that was created is taken away before.
func (c *Container) Restore(ctx context.Context, o oci.RestoreOptions) error {
	return c.appear(ctx, OpRestore, o.PIDFile, func() error {
		if c.State() == Created {
			if err := c.clear(ctx); err != nil {
				return err
			}
		}
		return c.runtime.Restore(ctx, c.id, o)
	})
}

// clear takes a created container away, to the end of its life.
func (c *Container) clear(ctx context.Context) error {
	if err := c.runtime.Delete(ctx, c.id, true); err != nil {
		return err
	}
	_, err := c.wait(ctx)
	c.apply(OpDeleteForce)
	return err
}

// appear is for the two operations that make a container. What a failed one has
// left is deleted, also when ctx is done.
func (c *Container) appear(ctx context.Context, op Op, pidFile string, do func() error) error {
	return c.change(ctx, op, func() error {
		err := do()
		if err == nil {
			err = c.adoptNew(op, pidFile)
		}
		if err != nil {
			err = errors.Join(err, c.runtime.Delete(context.WithoutCancel(ctx), c.id, true))
			c.apply(OpDeleteForce)
		}
		return err
	})
}

// adoptNew takes over what a runtime has just made.
func (c *Container) adoptNew(op Op, pidFile string) error {
	pid, err := oci.ReadPIDFile(pidFile)
	if err != nil {
		return err
	}
	p, err := sys.OpenPidfd(pid)
	if err != nil && !sys.IsErrno(err, sys.ESRCH) {
		return err
	}
	if op == OpCreate {
		op = opCreated
	}
	c.apply(op)
	if err != nil {
		l := c.begin()
		c.ended(l, exitUnknown(errGoneBefore))
		return nil
	}
	c.watch(&c.machine, p, pid)
	return nil
}

// Start lets the container's command begin.
func (c *Container) Start(ctx context.Context) error {
	return c.change(ctx, OpStart, func() error { return c.runtime.Start(ctx, c.id) })
}

// Pause stops all its processes where they are.
func (c *Container) Pause(ctx context.Context) error {
	return c.change(ctx, OpPause, func() error { return c.runtime.Pause(ctx, c.id) })
}

// Resume lets them go on.
func (c *Container) Resume(ctx context.Context) error {
	return c.change(ctx, OpResume, func() error { return c.runtime.Resume(ctx, c.id) })
}

// Checkpoint writes what the container is to a directory, and unless it is to be
// left running stops it: Wait then tells how its process ended for that.
func (c *Container) Checkpoint(ctx context.Context, o oci.CheckpointOptions) error {
	op := OpCheckpoint
	if o.LeaveRunning {
		op = OpCheckpointLeave
	}
	return c.change(ctx, op, func() error { return c.runtime.Checkpoint(ctx, c.id, o) })
}

// Kill sends a signal to the container's first process, by name or number. To a
// stopped container that is an error, which wraps oci.ErrNotRunning. A paused one
// gets KILL at once and others when it is resumed.
func (c *Container) Kill(ctx context.Context, sig string) error {
	return c.kill(ctx, OpKill, sig)
}

// KillAll sends a signal to all its processes; see oci.Runtime.Kill.
func (c *Container) KillAll(ctx context.Context, sig string) error {
	return c.kill(ctx, OpKillAll, sig)
}

func (c *Container) kill(ctx context.Context, op Op, sig string) error {
	return c.call(op, func() error {
		if _, ok := sys.ParseSignal(sig); !ok {
			return errors.New(string(op) + ": " + sig + " is not a signal")
		}
		return c.runtime.Kill(ctx, c.id, sig, op == OpKillAll)
	})
}

// Resize sets the size of the container's terminal, whose master the caller has.
func (c *Container) Resize(master *os.File, rows, cols uint16) error {
	return c.call(OpResize, func() error { return sys.SetWindowSize(master, rows, cols) })
}

// Update changes limits; what resources does not name stays.
func (c *Container) Update(ctx context.Context, resources specs.LinuxResources) error {
	return c.call(OpUpdate, func() error { return c.runtime.Update(ctx, c.id, resources) })
}

// Stats are the figures of the container.
func (c *Container) Stats(ctx context.Context) (s oci.Stats, err error) {
	err = c.call(OpStats, func() (err error) { s, err = c.runtime.Stats(ctx, c.id); return err })
	return s, err
}

// Processes are the pids of its processes; see oci.Runtime.Processes.
func (c *Container) Processes(ctx context.Context) (pids []int, err error) {
	err = c.call(OpProcesses, func() (err error) { pids, err = c.runtime.Processes(ctx, c.id); return err })
	return pids, err
}

// Status asks the runtime for the state, and is how what others have done to the
// container becomes known. That it does not exist is the state Deleted, and no
// error.
func (c *Container) Status(ctx context.Context) (State, error) {
	select {
	case <-c.turn:
	case <-ctx.Done():
		return "", c.wrap(context.Cause(ctx))
	}
	defer func() { c.turn <- struct{}{} }()
	s, pid, err := c.ask(ctx)
	switch {
	case errors.Is(err, oci.ErrNotExist):
		c.set(Deleted)
	case err != nil:
		return "", c.wrap(err)
	case c.State() == Deleted || c.State() == Creating:
		if err := c.adopt(s, pid); err != nil {
			return "", c.wrap(err)
		}
	case c.State() != Stopped: // an end is final, also where the runtime is late
		c.set(s)
	}
	return c.State(), nil
}

// Wait waits for the container's end and says how it was. After it, it returns at
// once, also when the container has been deleted. The error is context.Cause.
func (c *Container) Wait(ctx context.Context) (Exit, error) {
	e, err := c.wait(ctx)
	return e, c.wrap(err)
}

// Delete removes a container that has stopped or was never started; with force
// any, which is then killed, and one that does not exist without an error. The
// processes executed in it end with it.
func (c *Container) Delete(ctx context.Context, force bool) error {
	op := OpDelete
	if force {
		op = OpDeleteForce
	}
	return c.change(ctx, op, func() error {
		if c.State() == Stopped {
			// runsc refuses as long as the process is a zombie.
			if _, err := c.wait(ctx); err != nil {
				return err
			}
		}
		if err := c.runtime.Delete(ctx, c.id, force); err == nil || force || errors.Is(err, oci.ErrNotExist) {
			return ignoreGone(err)
		}
		// Some want force for a created container, and some for one that
		// died paused. That it may be deleted was checked.
		return c.runtime.Delete(ctx, c.id, true)
	})
}

func ignoreGone(err error) error {
	if errors.Is(err, oci.ErrNotExist) {
		return nil
	}
	return err
}

// Subscribe gives the events of the container and of the processes in it from now
// on, until ctx ends.
func (c *Container) Subscribe(ctx context.Context) *Subscription { return c.hub.subscribe(ctx) }
