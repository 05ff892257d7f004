package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const statsLong = `Show what containers use, those that are named, or all that run: the figures of their control groups, again
and again until the command is interrupted, or the containers that are named have ended. They include what
unitmon's own processes use while they start and end the container.

CPU is in percent of one CPU since the figures before. PRESSURE is the share of the last ten seconds in which
some process waited for CPU, memory and input or output. What the kernel does not count, because the
controller is not enabled for the unit, is "-", and null with --json, which prints one object per container
and line, or with --no-stream one array.`

// statsOptions are those of "unitmon stats".
type statsOptions struct {
	user, json, once bool
	interval         time.Duration
	names            []string
	meters           map[string]*container.Meter
	drawn            bool // the terminal shows a reading
}

func newStats() *cobra.Command {
	o := &statsOptions{meters: map[string]*container.Meter{}}
	cmd := userFlag(&cobra.Command{
		Use: "stats [options] [NAME...]", Short: "Show what containers use", Long: statsLong,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			return o.run(cmd.Context())
		},
	}, &o.user)
	f := cmd.Flags()
	f.BoolVar(&o.once, "no-stream", false, "show the figures once")
	f.DurationVarP(&o.interval, "interval", "i", time.Second, "time between two readings")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

// run reads the figures at each tick. The first reading only begins the CPU's
// percentage.
func (o *statsOptions) run(ctx context.Context) error {
	const least = 100 * time.Millisecond
	if o.interval < least {
		return fmt.Errorf("interval %v: it is shorter than %v", o.interval, least)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	m, err := dial(ctx, o.user)
	if err != nil {
		return err
	}
	defer func() { _ = m.Close() }()
	if _, err := o.read(ctx, m); err != nil {
		return err
	}
	tick := time.NewTicker(o.interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		list, err := o.read(ctx, m)
		if ctx.Err() != nil || errors.Is(err, container.ErrNoGroup) && !o.once {
			return nil // interrupted, or they have ended
		}
		if err == nil {
			err = o.show(ui.Stdout(), list)
		}
		if err != nil || o.once {
			return err
		}
	}
}

// read reads the figures of all that are wanted and run; the error is that of one
// that was named, if none of these is left.
func (o *statsOptions) read(ctx context.Context, m *unit.Conn) ([]container.Stats, error) {
	names, err := o.wanted(ctx, m)
	if err != nil {
		return nil, err
	}
	list := []container.Stats{}
	var gone error
	for _, name := range names {
		s, err := o.readOne(ctx, m, name)
		if errors.Is(err, container.ErrNoGroup) {
			delete(o.meters, name)
			gone = err
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if len(o.names) > 0 && len(list) == 0 {
		return nil, gone
	}
	return list, nil
}

// wanted are the containers that were named, or all that are loaded.
func (o *statsOptions) wanted(ctx context.Context, m *unit.Conn) ([]string, error) {
	if len(o.names) > 0 {
		return o.names, nil
	}
	list, err := container.List(ctx, m, false)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	return names, nil
}

func (o *statsOptions) readOne(ctx context.Context, m *unit.Conn, name string) (container.Stats, error) {
	meter := o.meters[name]
	if meter == nil {
		var err error
		if meter, err = container.OpenMeter(ctx, m, name); err != nil {
			if len(o.names) == 0 && errors.Is(err, container.ErrNoContainer) {
				err = container.ErrNoGroup // it has just gone
			}
			return container.Stats{}, err
		}
		o.meters[name] = meter
	}
	return meter.Read()
}
