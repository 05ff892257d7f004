package unit

import (
	"testing"

	"github.com/godbus/dbus/v5"
)

// TestUnitOfPath: what escapePath makes is read back, other objects are none.
func TestUnitOfPath(t *testing.T) {
	for _, name := range []string{"unitmon-web.service", "a@b-1.socket", "9x.scope", `x\x2dy.slice`, "é.service"} {
		if got, ok := unitOfPath(unitPath(name)); !ok || got != name {
			t.Errorf("unitOfPath(%s) = %q, %v", unitPath(name), got, ok)
		}
	}
	for _, path := range []dbus.ObjectPath{managerObj, unitPrefix, unitPrefix + "a_2", unitPrefix + "a_zz", unitPrefix + "a/b", "/"} {
		if got, ok := unitOfPath(path); ok {
			t.Errorf("unitOfPath(%s) = %q", path, got)
		}
	}
}

// TestSubscription_Bound: what nobody fetches is dropped and said, not kept.
func TestSubscription_Bound(t *testing.T) {
	s := &Subscription{want: func(string) bool { return true }, wake: make(chan struct{}, 1)}
	for range maxQueued + 5 {
		s.removed("x.service")
	}
	if len(s.queue) != maxQueued || !s.stale {
		t.Errorf("%d queued, stale %v", len(s.queue), s.stale)
	}
}
