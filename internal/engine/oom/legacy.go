package oom

import (
	"errors"
	"strconv"

	"github.com/unitmon/unitmon/internal/sys"
)

// registrar is the file by which the kernel is told of an eventfd; it goes
// with the cgroup.
const registrar = "cgroup.event_control"

// legacy is cgroup v1. The kernel counts one in the eventfd for each OOM, and
// one more when the cgroup is removed, which is no OOM.
type legacy struct {
	event   int
	dir     int // O_PATH, to see whether the cgroup is still there
	control counterFile

	signals uint64 // counted by the eventfd so far
	told    uint64 // of them, as OOM
}

func openLegacy(path string) (_ *legacy, err error) {
	l := &legacy{event: -1, dir: -1, control: counterFile{fd: -1}}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.dir, err = sys.OpenDirFD(path); err != nil {
		return nil, err
	}
	if l.control, err = openCounters(l.dir, "memory.oom_control"); err != nil {
		return nil, err
	}
	if l.event, _, err = sys.EventFD(); err != nil {
		return nil, err
	}
	return l, l.register()
}

// register asks for the events: "<eventfd> <memory.oom_control>".
func (l *legacy) register() error {
	fd, err := sys.OpenFileIn(l.dir, registrar, true)
	if err != nil {
		return err
	}
	text := strconv.Itoa(l.event) + " " + strconv.Itoa(l.control.fd)
	return errors.Join(sys.WriteStart(fd, []byte(text)), sys.Close(fd))
}

func (l *legacy) fd() int { return l.event }

func (l *legacy) look() (bool, error) {
	n, err := sys.ReadCounter(l.event)
	rose, gone, e := l.control.look() // the counter is Linux 4.13
	err = errors.Join(err, e)
	l.signals += n
	return l.tell(gone || !sys.ExistsIn(l.dir, registrar)) || rose, err
}

// tell reports whether there are OOMs that were not told yet. Once the cgroup
// is gone one of the signals is that of its removal, or will be: the kernel
// sends it a moment after. So the OOM that is the only signal then is told
// when the other one is there, and if that never comes it is not known to be
// one.
func (l *legacy) tell(gone bool) bool {
	ooms := l.signals
	if gone && ooms > 0 {
		ooms--
	}
	if ooms <= l.told {
		return false
	}
	l.told = ooms
	return true
}

// infer is nothing: that of v1 has an event of its own for an OOM.
func (l *legacy) infer() (bool, error) { return false, nil }

func (l *legacy) close() error {
	err := l.control.close()
	for _, fd := range []int{l.event, l.dir} {
		if fd >= 0 {
			err = errors.Join(err, sys.Close(fd))
		}
	}
	return err
}
