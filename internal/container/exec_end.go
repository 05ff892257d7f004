package container

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
)

// EndSession is what the manager runs when a session's unit has ended: ExecStop=
// of the service that is bound to an attached session's scope, ExecStopPost= of a
// detached session. If the session's own process has not cleaned up, because it
// was killed, it ends what still runs, and records the end. exit is that of a
// detached session; an attached one's is known to its own process only.
func EndSession(ctx context.Context, d Dir, id string, exit Exit) error {
	s, err := OpenSession(d, id)
	if errors.Is(err, ErrNoSession) || errors.Is(err, ErrNoContainer) {
		return nil
	}
	if err != nil {
		return err
	}
	if !s.plan.Detach {
		exit = Exit{}
	}
	killed := s.kill()
	if s.group.path == "" {
		killed = s.killProcess()
	}
	return errors.Join(killed, s.RecordEnd(ctx, exit), s.group.remove(), s.Discard())
}

// killProcess kills the session's process where there is no cgroup to kill. The
// runtime's pid file names it; one that is not in the container is another.
func (s *Session) killProcess() error {
	pid, err := oci.ReadPIDFile(s.pidFile())
	if err != nil {
		return nil //nolint:nilerr // it never ran
	}
	p, err := sys.OpenPidfd(pid)
	if err != nil {
		return nil //nolint:nilerr // it has ended
	}
	defer func() { _ = p.Close() }()
	path, err := cgroupOf(strconv.Itoa(pid))
	if err != nil || !strings.HasPrefix(path+"/", s.plan.Cgroup+"/") {
		return nil //nolint:nilerr // it is gone, or not ours
	}
	return p.Signal(sigKill)
}
