package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// foreground joins this program's streams to the container's, forwards signals,
// and ends with its exit code, or when the detach keys are typed.
func (o *runOptions) foreground(ctx context.Context, m *unit.Conn, s *container.Started) error {
	ctx, stop := forward(ctx, m, s.Record, func(ctx context.Context) error { return o.end(ctx, m, s) })
	return stop(o.stay(ctx, m, s))
}

// end stops a container that has no main process, which also takes back a start
// that the manager has planned for it.
func (o *runOptions) end(ctx context.Context, m *unit.Conn, s *container.Started) error {
	err := container.Stop(ctx, m, o.Name)
	if errors.Is(err, unit.ErrNotLoaded) || errors.Is(err, container.ErrNoContainer) {
		err = nil
	}
	if !o.Keep {
		err = errors.Join(err, container.WaitGone(ctx, m, s.Record.Units().Socket))
	}
	return err
}

// stay shows a container until it has ended, or ctx ends.
func (o *runOptions) stay(ctx context.Context, m *unit.Conn, s *container.Started) error {
	se, err := o.join(ctx, m, s)
	if err != nil {
		return o.failed(ctx, m, err)
	}
	return se.within(ctx, func(ctx context.Context, t *attach.Terminal) error {
		se.sendSize(ctx, t)
		code, started := 0, true
		err := se.stay(ctx, t, func(ctx context.Context) (err error) {
			code, started, err = await(ctx, m, s)
			return err
		})
		switch {
		case left(err):
			return err
		case !started:
			return o.failed(ctx, m, err)
		case !o.Keep:
			// So that the name is free when this command has ended.
			err = errors.Join(err, container.WaitGone(ctx, m, s.Record.Units().Socket))
		}
		if err != nil {
			return err
		}
		return exitAs(code)
	})
}

// await lets the container start, and waits until it has ended.
func await(ctx context.Context, m *unit.Conn, s *container.Started) (code int, started bool, err error) {
	if err := s.Open(); err != nil {
		return 0, false, err
	}
	starts := ctx
	if s.Record.SDNotify == container.NotifyUnit {
		// Who detaches at once leaves a container that runs: the rest of its
		// start is ours, and short.
		starts = context.WithoutCancel(ctx)
	}
	if _, err := s.Job.Wait(starts); err != nil && ctx.Err() == nil {
		if err := container.StartFailure(ctx, m, s, err); err != nil {
			return 0, false, err
		}
	}
	code, err = container.WaitExit(ctx, m, s)
	return code, true, err
}

// exitAs ends this program as the container ended.
func exitAs(code int) error {
	if code == 0 {
		return nil
	}
	return codeError{code, nil}
}

// join makes the session before the container can write anything. It is nil if
// there is nothing to show.
func (o *runOptions) join(ctx context.Context, m *unit.Conn, s *container.Started) (*session, error) {
	if o.Stdio == container.StdioJournal {
		if !o.User { // who gets a note of its own
			fmt.Fprintf(os.Stderr, "unitmon: the output goes to the journal: journalctl CONTAINER_NAME=%s\n", o.Name)
		}
		return nil, nil
	}
	up, err := container.WaitCreated(ctx, m, s.Record.Units().Service)
	if err != nil || !up {
		return nil, err // the start job tells why
	}
	se := &session{record: s.Record, hold: true, input: s.Record.Stdin, sized: s.Record.Terminal, keys: o.keys.bytes}
	return se, se.join(ctx, m, s, attach.Options{})
}
