package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/unit"
)

// ExecConfig says what is to run in which container.
type ExecConfig struct {
	Name string
	User bool // the caller's own manager
	// OCI has the options of the process: Args, Env, Environ, Workdir, User,
	// Terminal, UID and GID.
	OCI oci.Options
	// Detach makes the session a service of the manager, else it is the
	// caller's.
	Detach bool
}

// Session is an exec session: one more process in a running container, and what
// it descends to. It has a directory below the container's, and a cgroup below
// the container's, by which it can be ended as a whole. Its owner is the process
// that calls Start, or, before that, Plan's caller.
type Session struct {
	ID     string // 8 hexadecimal digits
	Record *Record

	dir   Dir // the container's
	slice string
	plan  sessionPlan
	group group
	lock  *os.File // of the directory, in the process that has made it
}

// PlanExec checks that the process can run in the container and makes the
// session's directory. Nothing runs yet; Discard removes it again. The error
// wraps ErrNoContainer, or says what to do before.
func PlanExec(ctx context.Context, m *unit.Conn, c ExecConfig) (*Session, error) {
	dir, err := DirOf(c.Name, c.User)
	if err != nil {
		return nil, err
	}
	units, err := Find(ctx, m, c.Name)
	if err != nil {
		return nil, err
	}
	if err := execable(ctx, m, c.Name, units); err != nil {
		return nil, err
	}
	s := &Session{dir: dir}
	if s.Record, err = ReadRecord(dir); err != nil {
		return nil, fmt.Errorf("container %s: %w", c.Name, err)
	}
	if err := s.build(c); err != nil {
		return nil, fmt.Errorf("container %s: %w", c.Name, err)
	}
	if s.slice, err = sliceOf(ctx, m, units.Service); err != nil {
		return nil, err
	}
	endAbandoned(ctx, m, dir)
	return s, s.store()
}

// execable refuses a container that has not begun, or has ended.
func execable(ctx context.Context, m *unit.Conn, name string, units Units) error {
	st, err := m.State(ctx, units.Service)
	if err != nil {
		return err
	}
	if st.MainPID != 0 && !ended(st) && st.ActiveState != "deactivating" {
		return nil
	}
	todo := "unitmon rm " + name + ", then unitmon run " + name
	if units != TransientUnits(name) {
		todo = "unitmon start " + name
	}
	return fmt.Errorf("container %s: it is not running, it is %s (%s): %s", name, st.ActiveState, st.SubState, todo)
}

// sliceOf is the slice that a unit is in.
func sliceOf(ctx context.Context, m *unit.Conn, service string) (string, error) {
	props, err := m.Properties(ctx, service, "Service")
	if err != nil {
		return "", err
	}
	slice, _ := props["Slice"].(string)
	return slice, nil
}

// build makes the process from the container's.
func (s *Session) build(c ExecConfig) error {
	of, err := oci.ReadConfigured(s.dir.Bundle())
	if err != nil {
		return err
	}
	pid, err := oci.ReadPIDFile(s.dir.PIDFile())
	if err != nil {
		return err
	}
	if frozen(pid) {
		return errors.New("it is paused: resume it first (unitmon resume " + c.Name + ")")
	}
	c.OCI.Rootless = c.User
	process, err := oci.ExecProcess(of.Process, c.OCI, fmt.Sprintf("/proc/%d/root", pid))
	if err != nil {
		return err
	}
	s.plan = sessionPlan{Version: recordVersion, Container: s.Record.ID, Detach: c.Detach, Cgroup: of.CgroupsPath, Process: process}
	return nil
}

// Process is what runs in the session. It is not to be changed.
func (s *Session) Process() *specs.Process { return s.plan.Process }

// path is the session's directory.
func (s *Session) path() string { return filepath.Join(s.dir.Path, "exec", s.ID) }

// pidFile is where the runtime writes the process' pid.
func (s *Session) pidFile() string { return filepath.Join(s.path(), "pid") }

// console is where the runtime sends the terminal's master while the process is
// started: not in the session's directory, whose path is too long for a socket of
// a user's container with a long name (unix(7)).
func (s *Session) console() string { return filepath.Join(s.dir.Path, s.ID) }

// Discard removes the session's directory. The manager's clean-up of the session
// has then nothing to do.
func (s *Session) Discard() error {
	err := errors.Join(os.RemoveAll(s.path()), os.RemoveAll(s.console()))
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}
