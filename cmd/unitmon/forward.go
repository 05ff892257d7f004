package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// proxied are the signals that go to the container's init. That the terminal of
// a container has hung up is no reason for it to end: it can be attached again.
func proxied(r *container.Record) []os.Signal {
	list := []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM}
	if r.Terminal {
		return list
	}
	return append(list, syscall.SIGHUP)
}

// forward sends signals to the container's init instead of this process, until
// stop is called. When there is no init, which can last (RestartSec=), one that asks
// to end is for us: it ends the context that is returned, end is called, and stop,
// which is given how it went else, returns the death by it. The next such signal
// does not wait for end.
func forward(
	ctx context.Context, m *unit.Conn, r *container.Record, end func(context.Context) error,
) (forwards context.Context, stop func(error) error) {
	f := &forwarder{m: m, service: r.Units().Service, list: proxied(r), signals: make(chan os.Signal, 16), done: make(chan struct{})}
	signal.Notify(f.signals, f.list...)
	signal.Ignore(syscall.SIGPIPE)
	forwards, cancel := context.WithCancelCause(ctx)
	go func() {
		defer close(f.done)
		if sig := f.run(forwards); sig != nil {
			signal.Reset(f.list...)
			cancel(sig)
			if f.end = end(ctx); f.end == nil {
				f.end = ending(sig)
			}
		}
	}()
	return forwards, func(err error) error {
		cancel(nil)
		<-f.done
		if f.end != nil {
			return f.end
		}
		return err
	}
}

// forwarder is what forward does it with.
type forwarder struct {
	m       *unit.Conn
	service string
	list    []os.Signal
	signals chan os.Signal
	done    chan struct{}
	end     error // set before done is closed
}

// run forwards signals until ctx ends, or returns the one that is for us.
func (f *forwarder) run(ctx context.Context) *attach.SignalError {
	enders := []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP}
	for {
		select {
		case <-ctx.Done():
			return nil
		case sig := <-f.signals:
			n, _ := sig.(syscall.Signal)
			err := f.m.Kill(ctx, f.service, "main", int(n))
			switch {
			case err == nil || ctx.Err() != nil:
			case slices.Contains(enders, sig) && (errors.Is(err, unit.ErrNoProcess) || errors.Is(err, unit.ErrNotLoaded)):
				return &attach.SignalError{Signal: sig}
			default:
				fmt.Fprintln(os.Stderr, "unitmon: forward", sig, "-", oneLine(err))
			}
		}
	}
}
