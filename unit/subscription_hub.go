package unit

import (
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// subscriptions are the Subscriptions of a hub. Like the hub's own parts it
// hands signals on without blocking.
type subscriptions struct {
	mu  sync.Mutex
	all map[*Subscription]struct{}
}

func (h *hub) addSubscription(s *Subscription) {
	h.subs.mu.Lock()
	defer h.subs.mu.Unlock()
	if h.subs.all == nil {
		h.subs.all = map[*Subscription]struct{}{}
	}
	h.subs.all[s] = struct{}{}
}

func (h *hub) dropSubscription(s *Subscription) {
	h.subs.mu.Lock()
	defer h.subs.mu.Unlock()
	delete(h.subs.all, s)
}

// each calls f for every subscription that is attached to l; nil is any link.
func (ss *subscriptions) each(l *link, f func(*Subscription)) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for s := range ss.all {
		if s.attachedTo(l) {
			f(s)
		}
	}
}

// changed hands on PropertiesChanged(interface, changed, invalidated).
func (ss *subscriptions) changed(l *link, sig *dbus.Signal, props map[string]dbus.Variant) {
	iface, _ := sig.Body[0].(string)
	ss.each(l, func(s *Subscription) { s.changed(sig.Path, iface, props) })
}

func (s *Subscription) attachedTo(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l == nil || s.link == l
}

// changed takes note of half a change. The manager sends what belongs to the
// unit's type first, then what all units have, and each time all properties
// that it announces at all (send_changed_signal() in systemd's dbus-unit.c), so
// the two together are the whole state, but for the cgroup and the description.
func (s *Subscription) changed(path dbus.ObjectPath, iface string, props map[string]dbus.Variant) {
	name, ok := unitOfPath(path)
	if !ok || !s.want(name) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if iface != ifaceFor("Unit") {
		s.parts[name] = props
		return
	}
	all := s.parts[name]
	delete(s.parts, name)
	if all == nil {
		all = props
	}
	for k, v := range props {
		all[k] = v
	}
	s.push(newChange(name, all))
}

// removed takes note of UnitRemoved.
func (s *Subscription) removed(name string) {
	if !s.want(name) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parts, name)
	s.push(Change{Gone: true, State: State{Name: name}})
}

// outdated makes the next Next read everything.
func (s *Subscription) outdated() {
	s.mu.Lock()
	s.stale = true
	s.mu.Unlock()
	signalOne(s.wake)
}

// push queues a change. mu must be held.
func (s *Subscription) push(ch Change) {
	if len(s.queue) >= maxQueued {
		s.stale = true
		return
	}
	s.queue = append(s.queue, ch)
	signalOne(s.wake)
}

// matchUnits are the rules for the changes of all units: a rule cannot have a
// part of a unit's name.
func matchUnits() []string {
	return []string{
		"type='signal',sender='" + busName + "',interface='" + ifaceProps + "',member='" + signalChanged +
			"',path_namespace='" + strings.TrimSuffix(unitPrefix, "/") + "'",
		"type='signal',sender='" + busName + "',interface='" + ifaceMgr + "',member='" + signalUnitRemoved + "'",
		matchReloading,
	}
}

// unitOfPath is the unit of an object: escapePath undone.
func unitOfPath(path dbus.ObjectPath) (string, bool) {
	s, ok := strings.CutPrefix(string(path), unitPrefix)
	if !ok || s == "" || strings.Contains(s, "/") {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '_' {
			b.WriteByte(s[i])
			continue
		}
		c, ok := hexByte("x" + s[i+1:])
		if !ok {
			return "", false
		}
		b.WriteByte(c)
		i += len("00")
	}
	return b.String(), true
}
