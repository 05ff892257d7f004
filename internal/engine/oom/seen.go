package oom

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
)

// Seen is what a Watcher has seen so far, for one that takes its place when its
// process was killed: what has come in between is new to that one.
type Seen struct {
	Dir     string   `json:"dir"`     // as in Cgroup
	Unified bool     `json:"unified"` // as in Cgroup
	Met     bool     `json:"met"`     // the container has met a limit
	Counts  []Counts `json:"counts"`  // of the cgroup's files and, v2, of those above it
}

// Seen returns it; of a nil Watcher the zero Seen, which has no Dir.
func (w *Watcher) Seen() Seen {
	if w == nil {
		return Seen{}
	}
	s := Seen{Dir: w.dir}
	_, s.Unified = w.source.(*unified)
	s.Met, s.Counts = w.source.seen()
	return s
}

// Resume is Open for the cgroup that s is of. Ready is due at once: of what came
// before FD tells nothing. A cgroup of v2 that is gone by now is no error, for
// those above it still count; one of v1 wraps fs.ErrNotExist.
func Resume(s Seen) (*Watcher, error) {
	w, err := Open(Cgroup{Dir: s.Dir, Unified: s.Unified})
	if s.Unified && errors.Is(err, fs.ErrNotExist) {
		u, uerr := openGone(s.Dir, len(s.Counts))
		if uerr != nil {
			return nil, errors.Join(err, uerr)
		}
		w, err = &Watcher{s.Dir, u}, nil
	}
	if err != nil {
		return nil, err
	}
	w.source.resume(s.Met, s.Counts)
	return w, nil
}

// goneCounters are those of a cgroup that is not there any more.
func goneCounters() counterFile {
	return counterFile{fd: -1, read: func(int, []byte) (int, error) { return 0, sys.ENODEV }}
}

// ownFiles is how many files a cgroup of v2 has with counters.
const ownFiles = 2

// openGone is openUnified for a cgroup that was removed: n files, its own and
// those above it, of which some may be gone too.
func openGone(path string, n int) (*unified, error) {
	u := &unified{unseen: true}
	var err error
	if u.inotify, err = sys.InotifyFD(); err != nil {
		return nil, err
	}
	for range min(n, ownFiles) {
		u.files = append(u.files, goneCounters())
	}
	dir := path
	for range min(max(n-ownFiles, 0), maxAbove) {
		dir = filepath.Dir(dir)
		f, err := openCountersAt(dir)
		if err != nil {
			f = goneCounters()
		}
		u.above = append(u.above, f)
	}
	return u, nil
}

// seen returns ownFiles counts, whether or not there are so many files, and those
// above.
func (u *unified) seen() (met bool, list []Counts) {
	list = make([]Counts, ownFiles, ownFiles+len(u.above))
	for i := range min(len(u.files), ownFiles) {
		list[i] = u.files[i].last
	}
	for i := range u.above {
		list = append(list, u.above[i].last)
	}
	return u.met, list
}

func (u *unified) resume(met bool, list []Counts) {
	u.met = met
	for i := range min(len(list), len(u.files)) {
		u.files[i].last = list[i]
	}
	for i := range min(len(list)-ownFiles, len(u.above)) {
		u.above[i].last = list[ownFiles+i]
	}
}

// seen is what the counter of kills says; an event that nobody has read goes with
// the eventfd.
func (l *legacy) seen() (met bool, list []Counts) { return false, []Counts{l.control.last} }

func (l *legacy) resume(_ bool, list []Counts) {
	if len(list) > 0 {
		l.control.last = list[0]
	}
}
