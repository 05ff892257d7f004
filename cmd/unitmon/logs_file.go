package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/logfile/read"
)

// showFile shows a log file. What is no record in it is shown as it is, and
// said at the end.
func (o *logsOptions) showFile(ctx context.Context, record *container.Record, log container.LogRecord) error {
	since, err := o.sinceTime()
	if err != nil {
		return err
	}
	out := o.output()
	options := read.Options{Since: since, Tail: o.tail, Follow: o.follow, Idle: out.flush}
	if log.Driver == container.LogJSON {
		options.Format = read.JSON
	}
	r, err := o.openFile(ctx, record, log.Path, options)
	if err != nil {
		return err
	}
	foreign, err := copyRecords(ctx, r, out)
	if err == nil && foreign > 0 {
		fmt.Fprintf(os.Stderr, "unitmon: %s: %d lines that are no %s records were shown as they are\n", log.Path, foreign, log.Driver)
	}
	return errors.Join(err, r.Close())
}

// openFile opens a log. That there is no file is an error if the relay has made
// one: then somebody has deleted it. Who follows waits for the next.
func (o *logsOptions) openFile(ctx context.Context, record *container.Record, path string, options read.Options) (*read.Reader, error) {
	r, err := read.Open(path, options)
	if err != nil || r.Found() || o.follow {
		return r, err
	}
	made, err := o.logsMade(ctx, record)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("container %s: %s: %w", o.name, path, err), r.Close())
	}
	if !made {
		return r, nil
	}
	// Once more: it may have been made, or rotated, at that moment.
	if err := r.Close(); err != nil {
		return nil, err
	}
	r, err = read.Open(path, options)
	if err == nil && !r.Found() {
		return nil, errors.Join(fmt.Errorf("container %s: %s: %w", o.name, path, syscall.ENOENT), r.Close())
	}
	return r, err
}

// logsMade asks the manager whether there must be log files.
func (o *logsOptions) logsMade(ctx context.Context, record *container.Record) (bool, error) {
	m, err := dial(ctx, o.user)
	if err != nil {
		return false, err
	}
	made, err := container.LogsMade(ctx, m, record)
	return made, errors.Join(err, m.Close())
}

// copyRecords copies all records, and counts what was none.
func copyRecords(ctx context.Context, r *read.Reader, out *logOutput) (foreign int, err error) {
	for {
		rec, err := r.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return foreign, out.flush()
		case err != nil:
			return foreign, errors.Join(err, out.flush())
		case errors.Is(rec.Err, read.ErrGap):
			if err := out.flush(); err != nil {
				return foreign, err
			}
			fmt.Fprintln(os.Stderr, "unitmon:", rec.Err)
			continue
		case rec.Err != nil && !rec.Partial:
			foreign++
		}
		out.write(rec.Stream, rec.Time, rec.Text, rec.Partial)
	}
}
