package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/unit"
)

// ConfigRoot is where the directories of configured containers are:
// /etc/unitmon, or for a user's own manager below $XDG_CONFIG_HOME, by default
// ~/.config.
func ConfigRoot(user bool) (string, error) {
	if !user {
		return "/etc/unitmon", nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "unitmon"), nil
}

// Configured reports whether there is a configuration directory of this name.
func Configured(name string, user bool) (bool, error) {
	root, err := ConfigRoot(user)
	if err != nil {
		return false, err
	}
	fi, err := os.Stat(filepath.Join(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && fi.IsDir(), err
}

// Find finds the units of the container name: those of a container of "unitmon
// run", which the manager knows only as long as there is one, or else those of a
// configured one. The error wraps ErrNoContainer or ErrName.
func Find(ctx context.Context, m *unit.Conn, name string) (Units, error) {
	if err := CheckName(name); err != nil {
		return Units{}, err
	}
	units := TransientUnits(name)
	_, err := m.State(ctx, units.Service)
	if err == nil || !errors.Is(err, unit.ErrNotLoaded) {
		return units, err
	}
	known, err := isConfigured(ctx, m, name)
	if err != nil {
		return Units{}, fmt.Errorf("container %s: %w", name, err)
	}
	if !known {
		return Units{}, fmt.Errorf("container %s: %w: %s is not loaded", name, ErrNoContainer, units.Service)
	}
	return FileUnits(name), nil
}

// isConfigured reports whether name is a configured container: it has a
// directory, or still runs after its directory is gone. The template alone makes
// a unit of every name.
func isConfigured(ctx context.Context, m *unit.Conn, name string) (bool, error) {
	there, err := Configured(name, m.Manager() == unit.User)
	if err != nil || there {
		return there, err
	}
	st, err := m.State(ctx, FileUnits(name).Service)
	if errors.Is(err, unit.ErrNotLoaded) {
		return false, nil
	}
	return st.ActiveState != "inactive", err
}
