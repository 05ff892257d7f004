package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// group is a cgroup, cgroups(7). Without a path there is none, and nothing to
// do.
type group struct{ path string }

// make makes it.
func (g group) make() error {
	if g.path == "" {
		return nil
	}
	return os.Mkdir(g.path, 0o755)
}

// name is its place below the one it is in.
func (g group) name() string {
	if g.path == "" {
		return ""
	}
	return filepath.Base(g.path)
}

// kill kills every process in it and below, at once and also those that are
// frozen; cgroup.kill, Linux 5.14.
func (g group) kill() error {
	if g.path == "" {
		return nil
	}
	if _, err := os.Stat(g.path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	err := os.WriteFile(filepath.Join(g.path, "cgroup.kill"), []byte("1"), 0)
	if errors.Is(err, os.ErrNotExist) && g.exists() {
		return fmt.Errorf("%w (it needs Linux 5.14)", err)
	}
	if errors.Is(err, os.ErrNotExist) || sys.IsErrno(err, sys.ENODEV) {
		return nil // it has just gone
	}
	return err
}

func (g group) exists() bool {
	_, err := os.Stat(g.path)
	return err == nil
}

// awaitEmpty waits until nothing is alive in it and below.
func (g group) awaitEmpty(ctx context.Context) error {
	events, err := os.Open(filepath.Join(g.path, "cgroup.events"))
	if g.path == "" || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = events.Close() }()
	changes, err := sys.NewInotify()
	if err != nil {
		return err
	}
	defer func() { _ = changes.Close() }()
	if _, err := changes.WatchFile(events); err != nil {
		return err
	}
	for {
		data, err := os.ReadFile(events.Name())
		if err != nil || slices.Contains(strings.Split(string(data), "\n"), "populated 0") {
			return nil // what cannot be read is removed
		}
		if err := changes.Wait(ctx); err != nil {
			return err
		}
	}
}

// remove removes it. One that still has processes stays: what a session leaves
// in the background is the container's from then on.
func (g group) remove() error {
	if g.path == "" {
		return nil
	}
	err := os.Remove(g.path)
	if errors.Is(err, os.ErrNotExist) || sys.IsErrno(err, sys.EBUSY) {
		return nil
	}
	return err
}
