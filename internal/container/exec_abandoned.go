package container

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/unit"
)

// endAbandoned ends what is left of sessions whose own process was killed before
// the manager could see to it: in the moment before its scope had it, whose only
// process was then dead already. To the manager such a scope is active for ever,
// since a control group that never had a process does not become empty. What
// cannot be ended here ends with the container.
func endAbandoned(ctx context.Context, m *unit.Conn, d Dir) {
	for _, id := range abandoned(d) {
		units := SessionUnits(filepath.Base(d.Path), id)
		if isLoaded(ctx, m, units.End) || isLoaded(ctx, m, units.Service) {
			continue // the manager ends it
		}
		if job, err := m.StopUnit(ctx, units.Scope); err == nil {
			_, _ = job.Wait(ctx)
		}
		_ = EndSession(ctx, d, id, Exit{})
	}
}

// isLoaded reports whether the manager has a unit, or does not tell.
func isLoaded(ctx context.Context, m *unit.Conn, name string) bool {
	_, err := m.State(ctx, name)
	return !errors.Is(err, unit.ErrNotLoaded)
}

// abandoned are the sessions whose directory no process has locked any more.
// Those of a detached session are never locked once it runs.
func abandoned(d Dir) (ids []string) {
	all, err := openSessions(d)
	if err != nil {
		return nil
	}
	defer func() { _ = all.Close() }()
	names, _ := all.Readdirnames(-1)
	for _, id := range names {
		dir, err := os.Open(filepath.Join(all.Name(), id))
		if err != nil {
			continue
		}
		if free, err := sys.TryLock(dir); err == nil && free {
			ids = append(ids, id)
		}
		_ = dir.Close()
	}
	return ids
}

// openSessions opens the directory of all sessions of a container, which it makes
// where there is none, and locks it: between making the directory of a session and
// locking that nobody else may look at it.
func openSessions(d Dir) (*os.File, error) {
	path := filepath.Join(d.Path, "exec")
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := sys.Lock(f, true); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
