package container

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/unitmon/unitmon/unit"
)

// Info is one container as the manager knows it.
type Info struct {
	Name  string
	State unit.State
}

// Exit is how the container last ended: a status, a signal, or "-" as long as
// it has not.
func (i Info) Exit() string {
	switch i.State.ExecMainCode {
	case cldExited:
		return strconv.Itoa(i.State.ExecMainStatus)
	case cldKilled, cldDumped:
		return "signal " + strconv.Itoa(i.State.ExecMainStatus)
	}
	return "-"
}

// List returns every container unit that is loaded.
func List(ctx context.Context, m *unit.Conn) ([]Info, error) {
	units, err := m.List(ctx, unitPrefix+"*.service", fileService+"*.service")
	if err != nil {
		return nil, err
	}
	var list []Info
	for _, u := range units {
		name, ok := NameOfUnit(u.Name)
		if !ok {
			continue
		}
		st, err := m.State(ctx, u.Name)
		if errors.Is(err, unit.ErrNotLoaded) {
			continue // it has just gone
		}
		if err != nil {
			return nil, err
		}
		list = append(list, Info{name, st})
	}
	return list, nil
}

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
