package unit

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
)

// ErrProcessGone: a process ended before it was in its scope.
var ErrProcessGone = errors.New("process has ended")

// pidfdVersion is the first manager that takes the PIDFDs property.
const pidfdVersion = 255

// StartScope puts processes of the caller's choice into a new transient scope
// and returns when they are in it. A scope begins with CollectMode=inactive-or-
// failed, as a failed one would keep its name; s may say otherwise.
//
// The processes are held by pidfd from the beginning and, by managers from
// version 255 on, attached by it; for older ones their numbers must go over the
// bus. If all have ended by the time the job is done (the manager accepts a
// zombie, and its scope would stay active and empty), the scope is stopped and
// the error wraps ErrProcessGone. Otherwise it wraps ErrExists, a
// *PropertyError or a *JobError; the processes stay where they were.
func (c *Conn) StartScope(ctx context.Context, s Spec, pids ...int) error {
	procs, err := openAll(pids)
	defer procs.close()
	if err != nil {
		return fmt.Errorf("scope %s: %w", s.Name, err)
	}
	v, err := c.Version(ctx)
	if err != nil {
		return err
	}
	first := []Property{{"CollectMode", "inactive-or-failed"}, procs.property(v)}
	job, err := c.Start(ctx, Spec{Name: s.Name, Properties: append(first, s.Properties...)})
	if err != nil {
		return err
	}
	if _, err := job.Wait(ctx); err != nil {
		return errors.Join(err, procs.allGone())
	}
	if err := procs.allGone(); err != nil {
		return c.dropGhost(ctx, s.Name, err)
	}
	return nil
}

// dropGhost stops a scope that nothing is in.
func (c *Conn) dropGhost(ctx context.Context, name string, cause error) error {
	cause = fmt.Errorf("scope %s: %w", name, cause)
	job, err := c.StopUnit(ctx, name)
	if errors.Is(err, ErrNotLoaded) {
		return cause
	}
	if err != nil {
		return errors.Join(cause, err)
	}
	_, err = job.Wait(ctx)
	return errors.Join(cause, err)
}

// processes are handles on what goes into a scope.
type processes struct {
	pids  []uint32
	fds   []*sys.Pidfd
	files []*os.File
}

func openAll(pids []int) (*processes, error) {
	p := &processes{}
	if len(pids) == 0 {
		return p, errors.New("no processes")
	}
	for _, pid := range pids {
		fd, err := sys.OpenPidfd(pid)
		if sys.IsErrno(err, sys.ESRCH) {
			return p, fmt.Errorf("process %d: %w", pid, ErrProcessGone)
		}
		if err != nil {
			return p, fmt.Errorf("process %d: %w", pid, err)
		}
		p.pids, p.fds, p.files = append(p.pids, uint32(pid)), append(p.fds, fd), append(p.files, fd.File())
	}
	return p, nil
}

func (p *processes) close() {
	for _, fd := range p.fds {
		fd.Close()
	}
}

// property returns the processes as a manager of that version takes them.
func (p *processes) property(version int) Property {
	if version >= pidfdVersion {
		return Property{"PIDFDs", p.files}
	}
	return Property{"PIDs", p.pids}
}

// allGone returns ErrProcessGone if none of the processes lives.
func (p *processes) allGone() error {
	for _, fd := range p.fds {
		if gone, err := fd.Exited(); err != nil || !gone {
			return err
		}
	}
	return ErrProcessGone
}
