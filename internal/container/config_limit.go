package container

import (
	"context"
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/unit"
)

// tooOften explains a start job that the manager has refused since the unit was
// started too often; what its status says is of an earlier start. It returns nil
// if that is not what happened: was is the unit's state before the job, and a
// start that is not refused makes a new invocation.
func tooOften(ctx context.Context, m *unit.Conn, name string, was unit.State, jobErr error) error {
	var job *unit.JobError
	if was.ActiveState != "failed" || was.InvocationID == "" || !errors.As(jobErr, &job) || job.Result != "failed" {
		return nil
	}
	is, err := m.State(ctx, was.Name)
	if err != nil || is.InvocationID != was.InvocationID {
		return nil
	}
	systemctl := "systemctl"
	if m.Manager() == unit.User {
		systemctl += " --user"
	}
	return fmt.Errorf("container %s: it was started too often, StartLimitBurst= of %s: %s reset-failed %s, then unitmon start %s",
		name, was.Name, systemctl, was.Name, name)
}
