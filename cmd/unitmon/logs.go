package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

const logsLong = `Show a container's output, of stdout on stdout and of stderr on stderr, byte for byte: from the journal
if it is logged there, or else from its log file and the rotated ones beside that.

With --follow it goes on until the container has ended and all of its output is shown; only root can
make journald store the last of it in time. A container that has gone is looked for in the journal.

--since takes a time of systemd.time(7): "2026-11-21 09:00", "09:00", "yesterday", "-5min", "5min ago",
or RFC 3339; 5min alone means 5min ago.`

// logsOptions are those of "unitmon logs".
type logsOptions struct {
	user, follow, timestamps bool
	tail                     int // lines, < 0: all
	since                    string
	name                     string
	json                     bool // as lines of JSON
	merged                   bool // both streams on stdout, without what a terminal obeys
}

func newLogs() *cobra.Command {
	o := new(logsOptions)
	cmd := jsonFlag(userFlag(&cobra.Command{
		Use: "logs [options] NAME", Short: "Show a container's output", Long: logsLong, Args: names(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			return o.run(cmd.Context())
		},
	}, &o.user), &o.json)
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "go on with what comes, until the container has ended")
	f.IntVarP(&o.tail, "tail", "n", -1, "show only the last `N` lines")
	f.StringVar(&o.since, "since", "", "show only what was written at `TIME` or later")
	f.BoolVarP(&o.timestamps, "timestamps", "t", false, "show when a line was written")
	f.IntVar(&o.tail, "lines", -1, "as --tail, by journalctl's name")
	_ = f.MarkHidden("lines") // it is there
	return cmd
}

// run shows the log where the container is known to have one.
func (o *logsOptions) run(ctx context.Context) error {
	if err := container.CheckName(o.name); err != nil {
		return err
	}
	record, err := o.record()
	if err != nil {
		return err
	}
	log, err := source(record)
	if err != nil {
		return err
	}
	ctx, stop, err := o.untilEnd(ctx)
	if err != nil {
		return err
	}
	if log.File() {
		err = o.showFile(ctx, record, log)
	} else {
		err = o.showJournal(ctx, record)
	}
	return errors.Join(err, stop())
}

// output is where the lines go.
func (o *logsOptions) output() *logOutput {
	l := newLogOutput(os.Stdout, os.Stderr, o.timestamps)
	if o.merged {
		l.streams[1], l.clean = l.streams[0], ui.Clean
	}
	if o.json {
		l.json = ui.JSONLine
	}
	return l
}

// record is the container's record, or nil if it has gone or is not for this
// user to read.
func (o *logsOptions) record() (*container.Record, error) {
	d, err := container.DirOf(o.name, o.user)
	if err != nil {
		return nil, nil //nolint:nilerr // without a manager's directory there is none: the journal may know it
	}
	r, err := container.ReadRecord(d)
	if errors.Is(err, container.ErrNoContainer) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	return r, err
}

// source is what is read: the journal, if it has the output, or the first log
// file.
func source(r *container.Record) (container.LogRecord, error) {
	journal := container.LogRecord{Driver: container.LogJournal}
	if r == nil || len(r.Logs) == 0 || slices.Contains(r.Logs, journal) {
		return journal, nil
	}
	for _, l := range r.Logs {
		if l.File() {
			return l, nil
		}
	}
	return journal, fmt.Errorf("container %s: its output is not logged (--log none)", r.Name)
}

// untilEnd is, with --follow, a context that ends when the container has ended
// and its output is stored. stop must be called; it returns why the end could
// not be seen.
func (o *logsOptions) untilEnd(ctx context.Context) (_ context.Context, stop func() error, _ error) {
	if !o.follow {
		return ctx, func() error { return nil }, nil
	}
	m, err := dial(ctx, o.user)
	if err != nil {
		return nil, nil, err
	}
	until, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		err := o.waitEnd(until, m)
		if until.Err() != nil {
			err = nil // nobody waits any more
		}
		cancel()
		done <- err
	}()
	return until, func() error {
		cancel()
		return errors.Join(<-done, m.Close())
	}, nil
}

// waitEnd waits until the container has ended, if there is one.
func (o *logsOptions) waitEnd(ctx context.Context, m *unit.Conn) error {
	units, err := container.Find(ctx, m, o.name)
	if err == nil {
		_, err = container.WaitEnd(ctx, m, units.Service)
	}
	if errors.Is(err, container.ErrNoContainer) {
		return nil
	}
	return err
}
