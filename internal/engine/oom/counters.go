package oom

import (
	"errors"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// names are the counters that mean an OOM, the first also without a kill: an
// allocation has failed, or a group was killed instead.
var names = [...]string{"oom", "oom_kill", "oom_group_kill"}

// Counts are the values of the counters oom, oom_kill and oom_group_kill.
type Counts [len(names)]uint64

// update takes over the counters of a "name value" text, one per line, and
// reports whether one of them has risen. What is missing or no number, as in a
// file that is being written, is left as it is; a counter never falls.
func (c *Counts) update(text string) bool {
	rose := false
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		for i := range names {
			n, err := strconv.ParseUint(value, 10, 64)
			if name == names[i] && err == nil && n > c[i] {
				c[i], rose = n, true
			}
		}
	}
	return rose
}

// counterFile is an open file of counters with the values last seen.
type counterFile struct {
	fd   int
	last Counts
	read func(fd int, p []byte) (int, error) // sys.ReadStart
}

// openCounters opens the file, and takes what it says as old.
func openCounters(dir int, name string) (counterFile, error) {
	fd, err := sys.OpenFileIn(dir, name, false)
	if err != nil {
		return counterFile{fd: -1}, err
	}
	c := counterFile{fd: fd, read: sys.ReadStart}
	if _, _, err := c.look(); err != nil {
		return counterFile{fd: -1}, errors.Join(err, c.close())
	}
	return c, nil
}

// look reports whether a counter has risen since the last look, and whether
// the cgroup is gone, whose open files then only say ENODEV.
func (c *counterFile) look() (rose, gone bool, err error) {
	var b [4096]byte
	n, err := c.read(c.fd, b[:])
	if sys.IsErrno(err, sys.ENODEV) {
		return false, true, nil
	}
	if err != nil {
		return false, false, err
	}
	return c.last.update(string(b[:n])), false, nil
}

func (c *counterFile) close() error {
	if c.fd < 0 {
		return nil
	}
	return sys.Close(c.fd)
}
