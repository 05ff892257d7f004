package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// Await waits until the container name has ended for good, which it may have
// long since, and returns its exit code, 128+n for death by signal n. The error
// wraps ErrNoContainer, ErrName, or ErrExitUnknown if it has ended and nobody
// knows how.
func Await(ctx context.Context, m *unit.Conn, name string) (code int, err error) {
	units, err := Find(ctx, m, name)
	if err != nil {
		return 0, err
	}
	if err := hold(ctx, m, name, units.Service); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, Release(ctx, m, units.Service)) }()
	d, err := DirOf(name, m.Manager() == unit.User)
	if err != nil {
		return 0, err
	}
	record, recordErr := ReadRecord(d) // it goes with the container
	st, err := WaitEnd(ctx, m, units.Service)
	if err != nil {
		return 0, fmt.Errorf("container %s: %w", name, err)
	}
	code, ok := exitCode(st.ExecMainCode, st.ExecMainStatus)
	switch {
	case ok:
		return code, nil
	case recordErr != nil:
		err = fmt.Errorf("%w: %s has none", ErrExitUnknown, units.Service)
	default:
		code, err = recordedExit(ctx, record, st.InvocationID)
	}
	if err != nil {
		return 0, fmt.Errorf("container %s: %w", name, err)
	}
	return code, nil
}
