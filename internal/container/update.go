package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/unit"
)

// Update changes properties of a container's unit, KEY=VALUE each, all or none;
// until it is gone, or, if runtime is false, for good, which only a configured
// container has. The notes, one line each, are about settings without effect. The
// error wraps a *unit.PropertyError if the manager refuses one.
func Update(ctx context.Context, m *unit.Conn, name string, runtime bool, settings []string) (notes []string, err error) {
	u, err := Find(ctx, m, name)
	if err != nil {
		return nil, err
	}
	wrap := func(err error) error { return fmt.Errorf("container %s: %w", name, err) }
	if len(settings) == 0 {
		return nil, wrap(fmt.Errorf("nothing to change: unitmon update %s KEY=VALUE", name))
	}
	if !runtime && u == TransientUnits(name) {
		return nil, wrap(errors.New("it is transient: without a unit file nothing is permanent"))
	}
	var props []unit.Property
	for _, s := range settings {
		p, err := m.ParseProperty(ctx, "service", s)
		if err != nil {
			return nil, wrap(err)
		}
		props = append(props, p...)
	}
	if err := m.SetProperties(ctx, u.Service, runtime, props...); err != nil {
		return nil, wrap(err)
	}
	return ineffective(ctx, m, u.Service, settings), nil
}

// ineffective are the settings whose controller the unit's control group does not
// have: the manager takes them and does nothing.
func ineffective(ctx context.Context, m *unit.Conn, service string, settings []string) (notes []string) {
	st, err := m.State(ctx, service)
	if err != nil || st.ControlGroup == "" {
		return nil // not known
	}
	data, err := os.ReadFile(filepath.Join(cgroupRoot, st.ControlGroup, "cgroup.controllers"))
	if err != nil {
		return nil
	}
	for _, s := range settings {
		key, _, _ := strings.Cut(s, "=")
		if c := controllerOf(key); c != "" && !slices.Contains(strings.Fields(string(data)), c) {
			notes = append(notes, fmt.Sprintf("property %s has no effect: %s does not have the %s controller", key, service, c))
		}
	}
	return notes
}
