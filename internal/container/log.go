package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/unit"
)

// The values of LogRecord.Driver.
const (
	LogJournal = "journal"
	LogK8s     = "k8s-file"  // the CRI log format
	LogJSON    = "json-file" // as Docker's driver of that name
	LogNone    = "none"
)

// LogRecord is one place that output is logged to.
type LogRecord struct {
	Driver   string `json:"driver"`             // journal, k8s-file, json-file, none
	Path     string `json:"path,omitempty"`     // absolute
	MaxSize  int64  `json:"maxSize,omitempty"`  // bytes, 0: no limit
	MaxFiles int    `json:"maxFiles,omitempty"` // the live one included
}

// File reports whether output is logged to a file.
func (l LogRecord) File() bool { return l.Driver == LogK8s || l.Driver == LogJSON }

// The values of --log-policy: what happens while a log takes nothing and
// the queue for it is full.
const (
	LogBlock = "block" // the container waits in write(2)
	LogDrop  = "drop"  // lines are dropped, and counted
)

// Limits of the log options.
const (
	LogQueueDefault = 1 << 20  // bytes
	LogQueueMax     = 16 << 20 // bytes
	LogFilesMax     = 1000
)

// logPathMax leaves room below PATH_MAX, which counts a NUL, for the suffix of
// a rotated file, ".999" at most.
const logPathMax = 4096 - 1 - 4

// ParseLog reads DRIVER[:PATH], the value of --log. A relative path is taken
// from the working directory. Whether the path can be used is checked by
// NewPlan.
func ParseLog(s string) (LogRecord, error) {
	driver, path, given := strings.Cut(s, ":")
	l := LogRecord{Driver: driver}
	switch {
	case l.File() && path == "":
		return l, fmt.Errorf("log %q: it needs a file: %s:PATH", s, driver)
	case l.File():
	case driver != LogJournal && driver != LogNone:
		return l, fmt.Errorf("log %q: the driver is none of journal, k8s-file:PATH, json-file:PATH, none", s)
	case given:
		return l, fmt.Errorf("log %q: %s has no path", s, driver)
	default:
		return l, nil
	}
	var err error
	if l.Path, err = filepath.Abs(path); err != nil {
		return l, fmt.Errorf("log %q: %w", s, err)
	}
	return l, nil
}

// checkLogs refuses what cannot be logged to. It fills in what was left out:
// the journal, and one file.
func (p *Plan) checkLogs() error {
	c := &p.config
	if len(c.Logs) == 0 {
		c.Logs = []LogRecord{{Driver: LogJournal}}
	}
	c.Logs = slices.Clone(c.Logs)
	for i := range c.Logs {
		l := &c.Logs[i]
		same := func(o LogRecord) bool { return o.Driver == l.Driver }
		switch {
		case slices.ContainsFunc(c.Logs[:i], same):
			return fmt.Errorf("log %s: it is given twice", l.Driver)
		case l.Driver == LogNone && len(c.Logs) > 1:
			return errors.New("log none: it excludes all others")
		}
		if err := l.check(); err != nil {
			return fmt.Errorf("log %s: %w", l.Driver, err)
		}
	}
	return errors.Join(checkApart(c.Logs), p.checkLogOptions())
}

func (p *Plan) checkLogOptions() error {
	c := &p.config
	switch {
	case c.LogPolicy != LogBlock && c.LogPolicy != LogDrop:
		return fmt.Errorf("log policy %q is neither block nor drop", c.LogPolicy)
	case c.LogQueue <= 0 || c.LogQueue > LogQueueMax:
		return fmt.Errorf("log queue: %d bytes are not between 1 and %d", c.LogQueue, LogQueueMax)
	}
	return nil
}

// check refuses a file that could not be written or rotated, and limits that
// mean nothing.
func (l *LogRecord) check() error {
	if !l.File() {
		if l.MaxSize != 0 || l.MaxFiles != 0 {
			return errors.New("a limit of size or files is for log files")
		}
		return nil
	}
	if l.MaxFiles == 0 {
		l.MaxFiles = 1
	}
	switch {
	case l.MaxSize < 0:
		return fmt.Errorf("a size of %d bytes is negative", l.MaxSize)
	case l.MaxFiles < 1 || l.MaxFiles > LogFilesMax:
		return fmt.Errorf("%d files are not between 1 and %d", l.MaxFiles, LogFilesMax)
	case l.MaxFiles > 1 && l.MaxSize == 0:
		return fmt.Errorf("%d files need a size at which to rotate", l.MaxFiles)
	case !filepath.IsAbs(l.Path):
		return fmt.Errorf("path %q is not absolute", l.Path)
	case len(l.Path) > logPathMax:
		return fmt.Errorf("path of %d bytes, at most %d are possible", len(l.Path), logPathMax)
	}
	return l.checkFile()
}

// checkFile looks at what is there already. A device or a FIFO could stop the
// relay, and rotation would replace it.
func (l *LogRecord) checkFile() error {
	dir := filepath.Dir(l.Path)
	fi, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("directory %s: %w", dir, reasonOf(err))
	}
	if !fi.IsDir() {
		return fmt.Errorf("%s: not a directory", dir)
	}
	switch fi, err := os.Stat(l.Path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", l.Path, reasonOf(err))
	case fi.IsDir():
		return fmt.Errorf("%s: is a directory", l.Path)
	case !fi.Mode().IsRegular():
		return fmt.Errorf("%s: not a regular file", l.Path)
	}
	return nil
}

// reasonOf is the cause in a *fs.PathError, whose path the caller names itself.
func reasonOf(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// LogsMade reports whether the container's log files must be there: the relay
// makes them when it starts, before it is ready.
func LogsMade(ctx context.Context, m *unit.Conn, r *Record) (bool, error) {
	d, err := DirOf(r.Name, r.User)
	if err != nil || !d.relayHasRun() {
		return false, err
	}
	st, err := otherUnit(ctx, m, r.Units().Relay)
	return st.ActiveState != "activating", err
}

// checkApart refuses two logs in one file, or one that rotation of the other
// would run over.
func checkApart(logs []LogRecord) error {
	for i := range logs {
		for j := range logs {
			if i != j && logs[i].File() && logs[j].File() && logs[i].covers(&logs[j]) {
				return fmt.Errorf("log %s: %s: it is a file of log %s", logs[j].Driver, logs[j].Path, logs[i].Driver)
			}
		}
	}
	return nil
}

// covers reports whether other's path is l's or that of one of its rotated
// files. Directories are compared themselves, not their names.
func (l *LogRecord) covers(other *LogRecord) bool {
	rest, ok := strings.CutPrefix(filepath.Base(other.Path), filepath.Base(l.Path))
	if !ok || !sameDir(filepath.Dir(l.Path), filepath.Dir(other.Path)) {
		return false
	}
	return rest == "" || l.MaxFiles > 1 && rest[0] == '.' && strings.Trim(rest[1:], "0123456789") == ""
}

func sameDir(a, b string) bool {
	fa, errA := os.Stat(a)
	fb, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(fa, fb)
}
