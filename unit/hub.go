package unit

import (
	"sync"

	"github.com/godbus/dbus/v5"
)

// hub hands signals to the jobs and watches that wait for them. It outlives
// links. Nothing in it blocks or queues.
type hub struct {
	mu      sync.Mutex
	jobs    map[*Job]struct{}
	watches map[*Watch]struct{}
	owner   chan struct{} // closed when the manager comes or goes; made on demand

	subs subscriptions
}

func (h *hub) addJob(j *Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.jobs == nil {
		h.jobs = map[*Job]struct{}{}
	}
	h.jobs[j] = struct{}{}
}

func (h *hub) dropJob(j *Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.jobs, j)
}

func (h *hub) addWatch(w *Watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watches == nil {
		h.watches = map[*Watch]struct{}{}
	}
	h.watches[w] = struct{}{}
}

func (h *hub) dropWatch(w *Watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watches, w)
}

// ownerChanged returns a channel that is closed when the manager next comes or
// goes.
func (h *hub) ownerChanged() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owner == nil {
		h.owner = make(chan struct{})
	}
	return h.owner
}

// resync makes everyone ask the manager again: signals may have been missed.
func (h *hub) resync() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for j := range h.jobs {
		signalOne(j.recheck)
	}
	for w := range h.watches {
		w.stale()
	}
	h.subs.each(nil, (*Subscription).outdated)
}

// signalOne leaves one token in a channel of capacity one.
func signalOne(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// deliver dispatches one signal of link l.
func (h *hub) deliver(l *link, iface, member string, s *dbus.Signal) {
	switch {
	case iface == busDriver && member == signalOwnerChanged && s.Sender == busDriver:
		h.deliverOwner(l, s)
	case !l.fromManager(s.Sender):
	case iface == ifaceMgr && member == signalJobRemoved:
		h.deliverJob(s)
	case iface == ifaceMgr && (member == signalUnitNew || member == signalUnitRemoved):
		h.deliverUnit(l, member, s)
	case iface == ifaceMgr && member == signalReloading:
		h.deliverReloading(s)
	case iface == ifaceProps && member == signalChanged:
		h.deliverChange(l, s)
	}
}

// deliverOwner handles NameOwnerChanged(name, old, new).
func (h *hub) deliverOwner(l *link, s *dbus.Signal) {
	var name, before, now string
	if dbus.Store(s.Body, &name, &before, &now) != nil || name != busName {
		return
	}
	l.owner.Store(now)
	h.mu.Lock()
	if h.owner != nil {
		close(h.owner)
		h.owner = nil
	}
	h.mu.Unlock()
	if now != "" {
		h.resync()
	}
}

// deliverJob handles JobRemoved(id, job, unit, result).
func (h *hub) deliverJob(s *dbus.Signal) {
	var id uint32
	var job dbus.ObjectPath
	var unit, result string
	if dbus.Store(s.Body, &id, &job, &unit, &result) != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for j := range h.jobs {
		if j.removed(job, result) {
			delete(h.jobs, j)
		}
	}
}

// deliverUnit handles UnitNew and UnitRemoved(id, unit).
func (h *hub) deliverUnit(l *link, member string, s *dbus.Signal) {
	var name string
	var path dbus.ObjectPath
	if dbus.Store(s.Body, &name, &path) != nil {
		return
	}
	for _, w := range h.watching(l, path) {
		w.stale()
	}
	if member == signalUnitRemoved {
		h.subs.each(l, func(s *Subscription) { s.removed(name) })
	}
}

// deliverReloading handles Reloading(active): false when a reload has ended.
func (h *hub) deliverReloading(s *dbus.Signal) {
	var active bool
	if dbus.Store(s.Body, &active) == nil && !active {
		h.resync()
	}
}

// deliverChange handles PropertiesChanged(interface, changed, invalidated).
func (h *hub) deliverChange(l *link, s *dbus.Signal) {
	if len(s.Body) != 3 {
		return
	}
	if changed, ok := s.Body[1].(map[string]dbus.Variant); ok {
		for _, w := range h.watching(l, s.Path) {
			w.changed(changed, s.Sequence)
		}
		h.subs.changed(l, s, changed)
	}
}

// watching returns the watches of the unit at path that are attached to l.
func (h *hub) watching(l *link, path dbus.ObjectPath) []*Watch {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ws []*Watch
	for w := range h.watches {
		if w.path == path && w.attachedTo(l) {
			ws = append(ws, w)
		}
	}
	return ws
}
