package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// foreground shows the container's output, forwards signals, and ends with its
// exit code.
func (o *runOptions) foreground(ctx context.Context, m *unit.Conn, s *container.Started) error {
	stop := o.forward(ctx, m)
	defer stop()
	lives, end := context.WithCancel(ctx)
	defer end()
	shown, err := o.show(lives, m, s)
	if err != nil {
		return o.failed(ctx, m, err)
	}
	if err := s.Open(); err != nil {
		return o.failed(ctx, m, err)
	}
	if _, err := s.Job.Wait(ctx); err != nil {
		if err := container.StartFailure(ctx, m, s, err); err != nil {
			end()
			return o.failed(ctx, m, errors.Join(err, <-shown))
		}
	}
	code, err := container.WaitExit(ctx, m, s)
	end()
	err = errors.Join(err, <-shown)
	if !o.Keep {
		// So that the name is free when this command has ended.
		err = errors.Join(err, container.WaitGone(ctx, m, container.SocketUnit(o.Name)))
	}
	if err != nil {
		return err
	}
	return exitAs(code)
}

// exitAs ends this program as the container ended.
func exitAs(code int) error {
	if code == 0 {
		return nil
	}
	return codeError{code, nil}
}

// show begins to show the output, before the container can write any, until ctx
// ends.
func (o *runOptions) show(ctx context.Context, m *unit.Conn, s *container.Started) (<-chan error, error) {
	done := make(chan error, 1)
	if o.Stdio == container.StdioJournal {
		if !o.User { // who gets a note of its own
			fmt.Fprintf(os.Stderr, "unitmon: the output goes to the journal: journalctl CONTAINER_NAME=%s\n", o.Name)
		}
		done <- nil
		return done, nil
	}
	up, err := container.WaitCreated(ctx, m, o.Name)
	if err != nil || !up {
		done <- nil
		return done, err // the start job tells why
	}
	f, err := container.Follow(ctx, s.Dir)
	if err != nil {
		return nil, err
	}
	gap := func() {
		fmt.Fprintf(os.Stderr, "unitmon: note: the relay was stopped: some output may be in the journal only (unitmon logs %s)\n", o.Name)
	}
	go func() {
		done <- ignoreClosed(errors.Join(f.Copy(ctx, os.Stdout, os.Stderr, gap), f.Close()))
	}()
	return done, nil
}

// ignoreClosed drops the error of a reader that has gone, as of "| head".
func ignoreClosed(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// forward sends every signal that asks this process to do something to the
// container's init.
func (o *runOptions) forward(ctx context.Context, m *unit.Conn) (stop func()) {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM)
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case sig := <-signals:
				n, _ := sig.(syscall.Signal)
				if err := m.Kill(ctx, container.UnitName(o.Name), "main", int(n)); err != nil && ctx.Err() == nil {
					fmt.Fprintln(os.Stderr, "unitmon: forward", sig, "-", oneLine(err))
				}
			}
		}
	}()
	return cancel
}
