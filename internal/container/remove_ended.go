package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// RemoveEnded is Remove for a container that is there and has ended.
func RemoveEnded(ctx context.Context, m *unit.Conn, name string) error {
	units, err := Find(ctx, m, name)
	if err != nil {
		return err
	}
	if units != TransientUnits(name) {
		return fmt.Errorf("container %s: it is configured, not transient: systemctl disable --now %s, then remove its directory", name, units.Service)
	}
	st, err := m.State(ctx, units.Service)
	if err == nil && st.ActiveState == "deactivating" {
		st, err = WaitEnd(ctx, m, units.Service)
	}
	if err != nil {
		return err
	}
	if !ended(st) {
		return errors.New("container " + name + ": it is " + st.ActiveState + ": stop it first (unitmon stop " + name + ")")
	}
	return Remove(ctx, m, name)
}
