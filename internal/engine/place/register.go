package place

import "errors"

// Registration is what a scope is made of.
type Registration struct {
	ID          string // the container's, which gives the scope its name; see ScopeName
	Description string // see Status
	Slice       string // with its suffix; empty is Manager.Slice
}

// Register puts the calling process into a scope of its own, or into that of
// its container if there is one already, as of an exec session, and returns when
// it is there: Begin and Wait, for at most Patience. On an error the process is
// where it was, unless it wraps ErrTimeout: then the manager may move it later.
func (m Manager) Register(s Registration) error {
	r, err := m.Begin(s)
	if err != nil {
		return err
	}
	return errors.Join(r.Wait(Patience), r.Close())
}

// Begin is Register that does not wait, so that the manager can work while the
// caller does something else. Children that are started before it is done may
// stay outside of the scope.
//
// The properties are those of podman's scopes, so that the manager treats them
// the same at a shutdown: no default dependencies, the signals of the defaults
// (SIGTERM, which the monitor forwards to the container), a slice for machines;
// and CollectMode=inactive-or-failed, as a scope that failed would keep its
// name.
//
// The process is not named by number or pidfd, but as "who asks" (PIDs= with
// 0): the manager finds it by the credentials of the connection. That is right
// in a pid namespace too, where our number is another process's outside, it
// needs no question about the manager's version, and the process cannot be
// taken over by another one as it is there, waiting.
func (m Manager) Begin(s Registration) (*Request, error) {
	name, err := ScopeName(s.ID)
	if err != nil {
		return nil, err
	}
	if s.Slice == "" {
		s.Slice = m.Slice()
	}
	return m.ask("register as "+name, &registration{Registration: s, unit: name})
}
