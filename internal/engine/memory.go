package engine

import (
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/internal/engine/oom"
	"github.com/unitmon/unitmon/internal/sys"
)

// watchOOM begins to look for the kernel's OOM killer, or goes on where an
// earlier process was killed.
func (m *monitor) watchOOM() {
	if m.opts.Exec {
		return
	}
	w, resumed, err := m.openOOM()
	if err != nil {
		m.diag.Info(fmt.Sprintf("OOM of container %s is not watched: %v", m.opts.CID, err))
		return
	}
	m.oom = w
	if err := m.add(w.FD(), m.sawOOM); err != nil {
		m.diag.Warn(err.Error())
	}
	if !resumed {
		m.keepOOM()
		return
	}
	if err := m.sawOOM(); err != nil { // what came when nobody watched
		m.diag.Warn(err.Error())
	}
}

// openOOM makes the watcher.
func (m *monitor) openOOM() (w *oom.Watcher, resumed bool, err error) {
	if m.service != nil {
		if seen, ok := m.service.record.oom(); ok {
			w, err = oom.Resume(seen)
			return w, true, err
		}
	}
	w, err = oom.Watch(m.child.pid)
	return w, false, err
}

// sawOOM is called when there may have been an OOM. That it is noted for the
// engine comes before that it was seen: rather twice than never.
func (m *monitor) sawOOM() error {
	killed, err := m.oom.Ready()
	if killed {
		err = errors.Join(err, m.noteOOM())
	}
	m.keepOOM()
	return err
}

// keepOOM has what was seen outlive this process.
func (m *monitor) keepOOM() {
	if m.service == nil {
		return
	}
	if err := m.service.record.setOOM(m.oom.Seen()); err != nil {
		m.diag.Info(err.Error())
	}
}

// lastOOM looks once more: an OOM kill is often the container's last moment.
func (m *monitor) lastOOM() error {
	if m.oom == nil {
		return nil
	}
	killed, err := m.oom.Final(m.code == 128+sys.SIGKILL)
	if killed {
		err = errors.Join(err, m.noteOOM())
	}
	return err
}

func (m *monitor) noteOOM() error { return oom.Files(m.opts.PersistDir, m.opts.Bundle) }
