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
	above   above
	met     bool // there was an event: the container has met a limit
	gone    bool // the cgroup was, at the last look
	unseen  bool // it was gone already when this watch took over from another
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
	u.above = openAbove(path)
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
	u.met = u.met || event
	around := u.above.now() // before our own: what comes in between is new
	rose, gone := false, false
	for i := range u.files {
		r, g, e := u.files[i].look()
		rose, gone, err = rose || r, gone || g, errors.Join(err, e)
	}
	u.gone = gone
	if !gone {
		u.above.commit(around)
	}
	if event && gone && !rose {
		err = errors.Join(err, ErrUnknown)
	}
	return rose, err
}

// infer tells what look cannot know once the cgroup is gone: a container that had
// met a limit, was then killed, and above which the count of OOM kills has risen
// since the container was last seen without one, was killed by the OOM killer. The kernel tells of
// a second event 10 ms after the first at the earliest (CGROUP_FILE_NOTIFY_MIN_INTV),
// and the first is that of the limit, so the event of the kill often never comes.
//
// What has come while nobody watched cannot be told from what was another's.
func (u *unified) infer() (bool, error) {
	switch {
	case !u.gone || !u.above.killed():
		return false, nil
	case !u.met && u.unseen:
		return false, ErrUnknown
	}
	return u.met, nil
}

func (u *unified) close() error {
	err := u.above.close()
	for i := range u.files {
		err = errors.Join(err, u.files[i].close())
	}
	if u.inotify >= 0 {
		err = errors.Join(err, sys.Close(u.inotify))
	}
	return err
}
