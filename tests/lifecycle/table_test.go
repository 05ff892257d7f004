package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/creack/pty"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/lifecycle"
	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/tests/kit"
)

// states are those that a container can be found in.
func states() []lifecycle.State {
	return []lifecycle.State{
		lifecycle.Created, lifecycle.Running, lifecycle.Paused, lifecycle.Stopped, lifecycle.Deleted,
	}
}

// TestTable does every operation in every state, with the real runtimes, which are
// asked for the state afterwards.
func TestTable(t *testing.T) {
	scenes(t, ticker, func(s *scene) {
		if !s.lacks(lifecycle.OpCheckpoint) {
			s.image = filepath.Join(s.dir, "image")
			if err := s.do(s.in(lifecycle.Running), lifecycle.OpCheckpoint); err != nil {
				s.Fatal(err)
			}
		}
		for _, state := range states() {
			s.Run(string(state), func(t *testing.T) {
				at := *s
				at.T = t
				at.refused(state)
				at.allowed(state)
			})
		}
	})
}

// refused tries what the state does not allow, on one container, whose state must
// not change by it.
func (s *scene) refused(state lifecycle.State) {
	c := s.in(state)
	for _, op := range lifecycle.Ops() {
		if state.Check(op) == nil {
			continue
		}
		var n *lifecycle.NotAllowed
		if err := s.do(c, op); !errors.As(err, &n) || n.Name != "web" || n.State != state {
			s.Errorf("%s: %v", op, err)
		}
		if got, err := c.Status(kit.Context(s)); got != state || err != nil {
			s.Errorf("after %s was refused: %s, %v", op, got, err)
		}
	}
}

// allowed does what the state allows, each on a container of its own.
func (s *scene) allowed(state lifecycle.State) {
	for _, op := range lifecycle.Ops() {
		want, ok := state.Next(op)
		if !ok {
			continue
		}
		c := s.in(state)
		err := s.do(c, op)
		if s.lacks(op) {
			if !errors.Is(err, errors.ErrUnsupported) {
				s.Errorf("%s: %v, want it not supported", op, err)
			}
			continue
		}
		if err != nil {
			s.Errorf("%s: %v", op, err)
			continue
		}
		switch {
		case op == lifecycle.OpKill || op == lifecycle.OpKillAll:
			want = lifecycle.Stopped // what comes of the signal
		case op == lifecycle.OpCreate:
			want = lifecycle.Created
		}
		if got, err := c.Status(kit.Context(s)); got != want || err != nil {
			s.Errorf("after %s: %s, %v; want %s", op, got, err, want)
		}
	}
}

// do does one operation and checks what it gives.
func (s *scene) do(c *lifecycle.Container, op lifecycle.Op) error {
	ctx := kit.Context(s)
	switch op {
	case lifecycle.OpCreate:
		return c.Create(ctx, s.options(c, [3]*os.File{}))
	case lifecycle.OpStart:
		return c.Start(ctx)
	case lifecycle.OpExec:
		return s.exec(c)
	case lifecycle.OpKill:
		return s.kill(c, c.Kill)
	case lifecycle.OpKillAll:
		return s.kill(c, c.KillAll)
	case lifecycle.OpPause:
		return c.Pause(ctx)
	case lifecycle.OpResume:
		return c.Resume(ctx)
	case lifecycle.OpCheckpoint, lifecycle.OpCheckpointLeave:
		return s.checkpoint(c, op == lifecycle.OpCheckpointLeave)
	case lifecycle.OpRestore:
		return c.Restore(ctx, oci.RestoreOptions{Bundle: s.bundle, ImagePath: s.imageOr("nothing"), PIDFile: s.pidFile(c)})
	case lifecycle.OpDelete, lifecycle.OpDeleteForce:
		return c.Delete(ctx, op == lifecycle.OpDeleteForce)
	}
	return s.look(c, op)
}

// look does the operations that change nothing.
func (s *scene) look(c *lifecycle.Container, op lifecycle.Op) error {
	ctx := kit.Context(s)
	switch op {
	case lifecycle.OpResize:
		return s.resize(c)
	case lifecycle.OpUpdate:
		return c.Update(ctx, specs.LinuxResources{})
	case lifecycle.OpStats:
		_, err := c.Stats(ctx)
		return err
	case lifecycle.OpProcesses:
		pids, err := c.Processes(ctx)
		if err == nil && (len(pids) == 0 || slices.Contains(pids, 0)) {
			err = fmt.Errorf("processes %v", pids)
		}
		return err
	case lifecycle.OpStatus:
		_, err := c.Status(ctx)
		return err
	case lifecycle.OpWait:
		return s.wait(c)
	}
	return fmt.Errorf("the test does not know %s", op)
}

// imageOr is the image to restore from.
func (s *scene) imageOr(other string) string {
	if s.image != "" {
		return s.image
	}
	return filepath.Join(s.dir, other)
}

func (s *scene) exec(c *lifecycle.Container) error {
	p, err := c.Exec(kit.Context(s), "1", s.execOptions("exit 5"))
	if err != nil {
		return err
	}
	if e, err := p.Wait(kit.Context(s)); err != nil || !e.Known || e.Code != 5 {
		return fmt.Errorf("exec ended with %v, %w", e, err)
	}
	return p.Delete()
}

func (s *scene) execOptions(script string) oci.ExecOptions {
	return oci.ExecOptions{
		Process: shell(script), PIDFile: filepath.Join(s.dir, "exec.pid"), InternalPIDFile: filepath.Join(s.dir, "exec.inner"),
	}
}

// kill ends the container, by what it cannot refuse.
func (s *scene) kill(c *lifecycle.Container, kill func(context.Context, string) error) error {
	if err := kill(kit.Context(s), "KILL"); err != nil {
		return err
	}
	e, err := c.Wait(kit.Context(s))
	if err != nil || !e.Known || e.Code != 137 {
		return fmt.Errorf("killed: %v, %w", e, err)
	}
	return nil
}

func (s *scene) checkpoint(c *lifecycle.Container, leave bool) error {
	o := oci.CheckpointOptions{ImagePath: s.image, LeaveRunning: leave}
	if _, err := os.Stat(o.ImagePath); err == nil || o.ImagePath == "" {
		o.ImagePath = filepath.Join(s.dir, "image-"+c.ID()[:12])
	}
	return c.Checkpoint(kit.Context(s), o)
}

func (s *scene) resize(c *lifecycle.Container) error {
	master, slave, err := pty.Open()
	if err != nil {
		return err
	}
	defer func() { _, _ = master.Close(), slave.Close() }()
	if err := c.Resize(master, 40, 132); err != nil {
		return err
	}
	if rows, cols, err := pty.Getsize(slave); err != nil || rows != 40 || cols != 132 {
		return fmt.Errorf("size %d %d, %w", rows, cols, err)
	}
	return nil
}

// wait waits for what has ended, and in vain for what has not.
func (s *scene) wait(c *lifecycle.Container) error {
	ctx, cancel := context.WithCancel(kit.Context(s))
	ended := c.State() == lifecycle.Stopped || c.State() == lifecycle.Deleted
	if !ended {
		cancel()
	}
	defer cancel()
	e, err := c.Wait(ctx)
	switch {
	case !ended && !errors.Is(err, context.Canceled):
		return fmt.Errorf("wait for what runs: %v, %w", e, err)
	case !ended:
		return nil
	case c.State() == lifecycle.Stopped && (!e.Known || e.Code != 137):
		return fmt.Errorf("exit %v", e)
	}
	return err
}
