package read

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

const (
	// maxFiles bounds how many files of a log are open.
	maxFiles = 1024
	// maxQueue is how many files may wait to be read before no further ones
	// are looked for.
	maxQueue = 64
	// maxLooks is how often the files are looked for again because they were
	// rotated meanwhile.
	maxLooks = 16
	// clockSlack is how far a file's modification time may be behind the
	// records in it: the kernel's coarse clock, and then some.
	clockSlack = time.Second
)

// logFile is an open file of a log.
type logFile struct {
	*os.File
	k     int         // it was PATH.k, 0: PATH
	info  fs.FileInfo // for os.SameFile
	watch int         // of inotify
	gap   bool        // records before this file may be missing
}

// chain is a log's files that are to be read, oldest first. Each is held open,
// so that one that is removed meanwhile is read all the same. The last one that
// was found stays in it.
type chain struct {
	path  string
	files []logFile
	watch *sys.Inotify // nil: nobody waits
}

// newest is the last file that was found, or nil.
func (c *chain) newest() *logFile {
	if len(c.files) == 0 {
		return nil
	}
	return &c.files[len(c.files)-1]
}

// look adds the files that are new since the last look, or, the first time, all
// that were written to at since or later. A log that is rotated faster than it
// can be looked at is taken as it appears, with a gap.
func (c *chain) look(since time.Time) error {
	for range maxLooks {
		found, known, err := c.scan(since)
		if err != nil {
			return err
		}
		if c.still(found) {
			rotated := len(found) > 0 && found[0].k != found[len(found)-1].k
			return c.add(found, !known && rotated)
		}
		closeAll(found)
	}
	found, _, err := c.scan(since)
	if err != nil {
		return err
	}
	return c.add(found, true)
}

// scan opens the files that look is to add, newest first, and reports whether
// they reach back to those that are known.
//
// A rotation renames files towards the old end and makes a new live file. So
// files are looked for from the live one on: one that is renamed meanwhile is
// met twice, but never missed. One name may be missing at a time.
func (c *chain) scan(since time.Time) (found []logFile, known bool, err error) {
	newest := c.newest()
	if newest != nil {
		info, err := newest.Stat()
		if err != nil {
			return nil, false, err
		}
		since = info.ModTime().Add(clockSlack) // what is older than that has been looked at
	}
	for k, missing := 0, 0; missing < 2 && len(found) < maxFiles; k++ {
		f, err := c.open(k)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			closeAll(found)
			return nil, false, err
		}
		missing = 0
		known = newest != nil && os.SameFile(newest.info, f.info)
		switch {
		// The live file counts whatever its time: it may have been made before
		// the last write to the one that it follows.
		case known, k > 0 && f.info.ModTime().Add(clockSlack).Before(since):
			_ = f.Close()
			return found, known || newest == nil, nil
		case slices.ContainsFunc(found, func(g logFile) bool { return os.SameFile(g.info, f.info) }):
			_ = f.Close()
		default:
			found = append(found, f)
		}
	}
	return found, newest == nil, nil
}

// still reports whether the live file is what scan has found as such: if so, no
// rotation has mixed up what it found.
func (c *chain) still(found []logFile) bool {
	info, err := os.Stat(c.path)
	if len(found) == 0 || found[0].k > 0 {
		newest := c.newest()
		return err != nil || (newest != nil && os.SameFile(newest.info, info))
	}
	return err == nil && os.SameFile(found[0].info, info)
}

// open opens PATH, or PATH.k.
func (c *chain) open(k int) (logFile, error) {
	path := c.path
	if k > 0 {
		path += "." + strconv.Itoa(k)
	}
	f, err := os.Open(path)
	if err != nil {
		return logFile{}, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("log file %s: it is no regular file", path)
	}
	if err != nil {
		_ = f.Close()
		return logFile{}, err
	}
	return logFile{File: f, k: k, info: info}, nil
}

// add appends files, given newest first, to the chain, which owns them.
func (c *chain) add(found []logFile, gap bool) error {
	slices.Reverse(found)
	for i := range found {
		f := &found[i]
		f.gap = gap && i == 0
		if c.watch == nil {
			continue
		}
		var err error
		if f.watch, err = c.watch.WatchFile(f.File); err != nil {
			closeAll(found)
			return fmt.Errorf("follow %s: %w", f.Name(), err)
		}
	}
	c.files = append(c.files, found...)
	return nil
}

// fresh looks for new files if the live one is not the last that was added.
func (c *chain) fresh() error {
	if len(c.files) >= maxQueue {
		return nil
	}
	info, err := os.Stat(c.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // in the middle of a rotation, or not made yet
	case err != nil:
		return err
	case c.newest() != nil && os.SameFile(c.newest().info, info):
		return nil
	}
	return c.look(time.Time{})
}

// drop closes the first file.
func (c *chain) drop() error {
	f := c.files[0]
	c.files = c.files[1:]
	var err error
	if c.watch != nil {
		err = c.watch.Unwatch(f.watch)
	}
	return errors.Join(err, f.Close())
}

func (c *chain) close() error {
	err := closeAll(c.files)
	if c.watch != nil {
		err = errors.Join(err, c.watch.Close())
	}
	return err
}

func closeAll(files []logFile) (err error) {
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	return err
}
