package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/logfile/read"
)

// showFile shows a log file. What is no record in it is shown as it is, and
// said at the end.
func (o *logsOptions) showFile(ctx context.Context, log container.LogRecord) error {
	since, err := o.sinceTime()
	if err != nil {
		return err
	}
	out := o.output()
	options := read.Options{Since: since, Tail: o.tail, Follow: o.follow, Idle: out.flush}
	if log.Driver == container.LogJSON {
		options.Format = read.JSON
	}
	r, err := read.Open(log.Path, options)
	if err != nil {
		return err
	}
	foreign, err := copyRecords(ctx, r, out)
	if err == nil && foreign > 0 {
		fmt.Fprintf(os.Stderr, "unitmon: %s: %d lines that are no %s records were shown as they are\n", log.Path, foreign, log.Driver)
	}
	return errors.Join(err, r.Close())
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
