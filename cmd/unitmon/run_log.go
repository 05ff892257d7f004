package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/unitmon/unitmon/internal/container"
)

// logOptions are the log options of "unitmon run" that Config has in another
// form; empty: not given.
type logOptions struct {
	logs           []string
	maxSize, files string
	queue          string
}

// flags declares the options; those that need no reading go into c.
func (o *logOptions) flags(cmd *cobra.Command, c *container.Config) {
	f := cmd.Flags()
	f.StringArrayVar(&o.logs, "log", nil, "log to `DRIVER[:PATH]`: journal, k8s-file:PATH, json-file:PATH or none (default journal)")
	f.StringVar(&o.maxSize, "log-max-size", "", "`SIZE` at which a log file is rotated (default 0: never)")
	f.StringVar(&o.files, "log-max-files", "", "how many log files there are at most, the live one included, a number `N` (default 1)")
	f.StringVar(&c.LogPolicy, "log-policy", container.LogBlock, "while a log takes nothing: `block` the container, or drop its lines")
	f.StringVar(&o.queue, "log-queue", "1M", "`SIZE` of what waits for the journal before lines are dropped, at most 16M")
	f.BoolVar(&c.LogNoSync, "log-no-sync", false, "no fsync(2) of the log files at the end")
}

// complete reads the options into c.
func (o *logOptions) complete(c *container.Config) error {
	var err error
	if c.LogQueue, err = container.ParseSize(o.queue); err != nil {
		return fmt.Errorf("log queue: %w", err)
	}
	for _, s := range o.logs {
		l, err := container.ParseLog(s)
		if err != nil {
			return err
		}
		c.Logs = append(c.Logs, l)
	}
	return o.limit(c.Logs)
}

// limit gives the log files their limits.
func (o *logOptions) limit(logs []container.LogRecord) error {
	size, n, err := o.limits()
	if err != nil {
		return err
	}
	files := 0
	for i := range logs {
		if l := &logs[i]; l.File() {
			l.MaxSize, l.MaxFiles = size, n
			files++
		}
	}
	if size > 0 && files == 0 {
		return fmt.Errorf("log max size %s: there is no log file", o.maxSize)
	}
	return nil
}

// limits are the size at which a log file is rotated, and how many there are.
func (o *logOptions) limits() (size int64, files int, err error) {
	if o.maxSize != "" {
		if size, err = container.ParseSize(o.maxSize); err != nil {
			return 0, 0, fmt.Errorf("log max size: %w", err)
		}
	}
	if o.files == "" {
		return size, 1, nil
	}
	files, err = strconv.Atoi(o.files)
	switch {
	case err != nil || files < 1 || files > container.LogFilesMax:
		return 0, 0, fmt.Errorf("log max files %q: it is no number from 1 to %d", o.files, container.LogFilesMax)
	case size == 0:
		return 0, 0, fmt.Errorf("log max files %s: without --log-max-size there is one", o.files)
	}
	return size, files, nil
}
