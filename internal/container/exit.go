package container

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/unit"
)

// How a process of the unit has ended: si_code of waitid(2), as ExecMainCode=.
const (
	cldExited = 1
	cldKilled = 2
	cldDumped = 3
)

// Exit codes of a failure to start: of unitmon or the runtime; 126 is a command
// that is not executable; and one that was not found.
const (
	exitFailed   = 125
	exitNotFound = 127
)

// signalBase is added to a signal's number to make an exit code of it.
const signalBase = 128

// ErrExitUnknown is returned when nothing tells how a container ended.
var ErrExitUnknown = errors.New("its exit is unknown")

// WaitExit waits until the container has ended for good and returns its exit
// code, 128+n for death by signal n.
func WaitExit(ctx context.Context, m *unit.Conn, s *Started) (int, error) {
	st, err := WaitEnd(ctx, m, s.Record.Units().Service)
	if err != nil {
		return 0, err
	}
	code, ok := exitCode(st.ExecMainCode, st.ExecMainStatus)
	if !ok {
		// The manager has forgotten the unit, which happens when the bus was
		// restarted at that moment: Reap has recorded the exit.
		code, err = recordedExit(ctx, s.Record, st.InvocationID)
	}
	if err != nil {
		return 0, fmt.Errorf("container %s: %w", s.Record.Name, err)
	}
	return code, nil
}

func exitCode(code, status int) (int, bool) {
	switch code {
	case cldExited:
		return status, true
	case cldKilled, cldDumped:
		return signalBase + status, true
	}
	return 0, false
}

// exitOf is exitCode for what is shown: nil if it is not known, and the signal, 0
// for none.
func exitOf(code, status int) (exit *int, signal int) {
	n, known := exitCode(code, status)
	switch {
	case !known:
		return nil, 0
	case code == cldExited:
		return &n, 0
	}
	return &n, status
}

// StartError says why a container could not be started.
type StartError struct {
	Name    string
	Message string
	Code    int // 125, 126 or 127
}

func (e *StartError) Error() string { return "container " + e.Name + ": " + e.Message }

// Prefixes of the status text that Launch and Begin leave when they fail.
const (
	launchFailed = "launch failed: "
	beginFailed  = "start failed: "
)

// Status texts of a container that works.
const (
	statusCreated = "container created"
	statusRunning = "container running"
)

// StartFailure finds out why a start job failed. It returns nil if the
// container itself ran and ended at once, which is no failure to start it, a
// *StartError if it could not be started, or jobErr if nothing more is known.
func StartFailure(ctx context.Context, m *unit.Conn, s *Started, jobErr error) error {
	name := s.Record.Name
	st, err := waitRun(ctx, m, s.Record.Units().Service)
	if err != nil {
		return errors.Join(jobErr, err)
	}
	if st.ActiveState == "active" {
		return nil // it was started again, Restart=
	}
	if text, ok := strings.CutPrefix(st.StatusText, launchFailed); ok {
		return &StartError{name, text, launchCode(st)}
	}
	if text, ok := strings.CutPrefix(st.StatusText, beginFailed); ok {
		return &StartError{name, text, oci.ExitCode(text)}
	}
	_, known := exitCode(st.ExecMainCode, st.ExecMainStatus)
	if known && s.Record.begun(st) {
		return nil
	}
	if !known {
		return forgotten(ctx, s.Record, st, jobErr)
	}
	return unexplained(s.Record, jobErr)
}

// forgotten is StartFailure for a unit whose last state is gone, as without a
// bus, where nothing can hold it. Reap's record tells the exit, but not whether
// it was the container's or Launch's: for the codes that Launch ends with, the
// latter is assumed, which leaves the code as it is.
func forgotten(ctx context.Context, r *Record, st unit.State, jobErr error) error {
	code, err := recordedExit(ctx, r, st.InvocationID)
	switch {
	case err != nil:
		return unexplained(r, jobErr)
	case code >= exitFailed && code <= exitNotFound:
		return &StartError{r.Name, fmt.Sprintf("%v (%s -u %s)", jobErr, r.journalctl(), r.Units().Service), code}
	}
	return nil
}

// unexplained is the error of a start job that nothing more is known about.
func unexplained(r *Record, jobErr error) error {
	return fmt.Errorf("container %s: %w (%s -u %s)", r.Name, jobErr, r.journalctl(), r.Units().Service)
}

// journalctl is the command that shows what the container's manager says.
func (r *Record) journalctl() string {
	if r.User {
		return "journalctl --user"
	}
	return "journalctl"
}

// begun reports whether the container's own process ran, from the unit's last
// state.
func (r *Record) begun(st unit.State) bool {
	return r.SDNotify == NotifyContainer || st.StatusText == statusCreated || st.StatusText == statusRunning
}

// launchCode is Launch's own exit code, which says what kind of failure it was.
func launchCode(st unit.State) int {
	if c := st.ExecMainStatus; st.ExecMainCode == cldExited && c >= exitFailed && c <= exitNotFound {
		return c
	}
	return exitFailed
}
