package oom

import (
	"errors"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
)

// above are the counters of the cgroups above the container's, nearest first.
// They count what happens below them too (cgroup-v2.rst, memory.events), and
// are there when the container's are not any more: systemd removes a scope
// that is empty, often before anybody could look.
type above []counterFile

// maxAbove is how many there are at most; engines need two or three.
const maxAbove = 8

// openAbove opens those above path, up to the first that has none: the root of
// the hierarchy, or what is beyond the controller's reach.
func openAbove(path string) above {
	var a above
	for dir := filepath.Dir(path); len(a) < maxAbove; dir = filepath.Dir(dir) {
		f, err := openCountersAt(dir)
		if err != nil {
			break
		}
		a = append(a, f)
	}
	return a
}

// openCountersAt opens the memory.events of a directory.
func openCountersAt(path string) (counterFile, error) {
	dir, err := sys.OpenDirFD(path)
	if err != nil {
		return counterFile{fd: -1}, err
	}
	f, err := openCounters(dir, "memory.events")
	return f, errors.Join(err, sys.Close(dir))
}

// now returns the counters as they are, without taking them over.
func (a above) now() []Counts {
	list := make([]Counts, len(a))
	for i := range a {
		f := a[i]
		_, _, _ = f.look() // what cannot be read has not risen
		list[i] = f.last
	}
	return list
}

// commit makes what now has returned the values last seen.
func (a above) commit(list []Counts) {
	for i := range a {
		a[i].last = list[i]
	}
}

// killed reports whether the nearest that is still there counts more kills than
// when it was last seen.
func (a above) killed() bool {
	const kill = 1 // of names
	for i := range a {
		before := a[i].last[kill]
		if _, gone, err := a[i].look(); err == nil && !gone {
			return a[i].last[kill] > before
		}
	}
	return false
}

func (a above) close() error {
	var err error
	for i := range a {
		err = errors.Join(err, a[i].close())
	}
	return err
}
