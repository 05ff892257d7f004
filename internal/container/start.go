package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/unit"
)

// ErrInUse is wrapped when a container of that name exists.
var ErrInUse = errors.New("name is in use")

// Programs are the two programs whose paths go into the units.
type Programs struct{ Unitmon, Relay string }

// FindPrograms finds the running unitmon and the relay that belongs to it:
// beside it, or in ../libexec/unitmon.
func FindPrograms() (Programs, error) {
	self, err := os.Executable()
	if err != nil {
		return Programs{}, err
	}
	const name = "unitmon-relay"
	dir := filepath.Dir(self)
	tried := []string{filepath.Join(dir, name), filepath.Join(dir, "../libexec/unitmon", name)}
	for _, path := range tried {
		if fi, err := os.Stat(path); err == nil && fi.Mode().IsRegular() {
			return Programs{self, path}, nil
		}
	}
	return Programs{}, fmt.Errorf("%s is neither at %s nor at %s", name, tried[0], tried[1])
}

// Started is a container unit whose start job is queued.
type Started struct {
	Record *Record
	Dir    Dir
	Job    *unit.Job
	gate   *os.File
}

// Start writes the container's directory and queues its unit's start. Nothing
// is left when it fails.
func (p *Plan) Start(ctx context.Context, m *unit.Conn, programs Programs) (*Started, error) {
	release, err := p.reserve(ctx, m)
	if err != nil {
		return nil, err
	}
	defer release()
	s := &Started{Record: p.record, Dir: p.dir}
	if s.gate, err = p.write(); err != nil {
		return nil, err
	}
	s.Job, err = m.Start(ctx, p.serviceSpec(programs.Unitmon, !m.Private()), p.socketSpec(), p.relaySpec(programs.Relay))
	if err != nil {
		if errors.Is(err, unit.ErrExists) {
			err = fmt.Errorf("container %s: %w: %w", p.config.Name, ErrInUse, err)
		}
		return nil, errors.Join(err, s.Open(), os.RemoveAll(p.dir.Path))
	}
	return s, nil
}

// Open lets the container start, if the plan was gated.
func (s *Started) Open() error {
	if s.gate == nil {
		return nil
	}
	gate := s.gate
	s.gate = nil
	return gate.Close()
}

// reserve makes sure that the name is free, and keeps others from taking it
// until release is called.
func (p *Plan) reserve(ctx context.Context, m *unit.Conn) (release func(), err error) {
	root := filepath.Dir(p.dir.Path)
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(root, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	release = func() { _ = lock.Close() }
	if err := errors.Join(sys.Lock(lock, true), p.checkFree(ctx, m)); err != nil {
		release()
		return nil, err
	}
	return release, nil
}

// checkFree reports whether no container of this name exists. Of one that is
// just ending it waits for the socket unit, which takes the directory with it.
// Others wait meanwhile, so it waits for nothing that is not on its way.
func (p *Plan) checkFree(ctx context.Context, m *unit.Conn) error {
	name := p.config.Name
	st, err := m.State(ctx, UnitName(name))
	if errors.Is(err, unit.ErrNotLoaded) {
		// Without a container unit the manager stops the socket unit before
		// it answers anybody: one that nothing stops is not of a container.
		st, err = m.State(ctx, SocketUnit(name))
		if errors.Is(err, unit.ErrNotLoaded) {
			return nil
		}
		if err == nil && (st.ActiveState != "active" || st.JobID != 0) {
			return WaitGone(ctx, m, SocketUnit(name))
		}
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("container %s: %w: %s is %s (%s)", name, ErrInUse, st.Name, st.ActiveState, st.SubState)
}

// write makes the container's directory, complete or not at all. What a
// process that was killed in here left behind is replaced.
func (p *Plan) write() (gate *os.File, err error) {
	root, name := filepath.Split(p.dir.Path)
	tmp := Dir{filepath.Join(root, "."+name+".new")}
	if err := errors.Join(os.RemoveAll(tmp.Path), os.RemoveAll(p.dir.Path)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp.Path))
		}
	}()
	for _, dir := range []string{tmp.Path, tmp.Bundle(), tmp.RuntimeRoot()} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(p.record.write(tmp), p.bundle.Write(tmp.Bundle())); err != nil {
		return nil, err
	}
	if gate, err = p.shut(tmp); err != nil {
		return nil, err
	}
	return gate, os.Rename(tmp.Path, p.dir.Path)
}

// shut makes the gate and, for a gated plan, closes it.
func (p *Plan) shut(d Dir) (*os.File, error) {
	f, err := os.OpenFile(d.Gate(), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil || !p.config.Gated {
		return nil, errors.Join(err, f.Close())
	}
	return f, sys.Lock(f, true)
}
