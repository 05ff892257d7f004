package oom

import (
	"errors"
	"io/fs"

	"github.com/unitmon/unitmon/internal/sys"
)

// unified is cgroup v2. memory.events counts what happens in the cgroup and
// those below it, but with the mount option memory_localevents only in itself;
// memory.events.local (Linux 5.2) always the latter. Either may be written to
// without the other.
type unified struct {
	inotify int
	files   []counterFile
}

func openUnified(path string) (_ *unified, err error) {
	dir, err := sys.OpenDirFD(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sys.Close(dir) }()
	u := &unified{inotify: -1}
	defer func() {
		if err != nil {
			err = errors.Join(err, u.close())
		}
	}()
	if u.inotify, err = sys.InotifyFD(); err != nil {
		return nil, err
	}
	if err = u.add(dir, "memory.events"); err != nil {
		return nil, err
	}
	if err = u.add(dir, "memory.events.local"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return u, nil
}

// add reads a file before it watches it: what comes in between is new.
func (u *unified) add(dir int, name string) error {
	f, err := openCounters(dir, name)
	if err != nil {
		return err
	}
	u.files = append(u.files, f)
	return sys.WatchModified(u.inotify, f.fd)
}

func (u *unified) fd() int { return u.inotify }

// look reads the counters whatever the event was: a rise of max or high is an
// event too, and several may come as one.
func (u *unified) look() (bool, error) {
	event, err := sys.ReadModified(u.inotify)
	rose, gone := false, false
	for i := range u.files {
		r, g, e := u.files[i].look()
		rose, gone, err = rose || r, gone || g, errors.Join(err, e)
	}
	if event && gone && !rose {
		err = errors.Join(err, ErrUnknown)
	}
	return rose, err
}

func (u *unified) close() error {
	var err error
	for i := range u.files {
		err = errors.Join(err, u.files[i].close())
	}
	if u.inotify >= 0 {
		err = errors.Join(err, sys.Close(u.inotify))
	}
	return err
}
