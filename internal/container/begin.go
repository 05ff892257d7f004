package container

import (
	"context"
	"errors"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// BeginSteps are the steps of Begin in their order.
func BeginSteps() []string { return []string{"begin:gate", "begin:start", "begin:done"} }

// Begin is the ExecStartPost= process of a container unit: it starts the
// container that Launch has created. If it fails or is killed, the manager
// ends the unit and everything in it.
func Begin(ctx context.Context, d Dir) error {
	step("begin:gate")
	r, err := ReadRecord(d)
	if err != nil {
		return err
	}
	manager, err := notify.FromEnv()
	if err != nil {
		return err
	}
	defer func() { _ = manager.Close() }()
	if err := passGate(d); err != nil {
		return err
	}
	step("begin:start")
	status := statusRunning
	if r.Restore == "" { // what was restored runs already
		err = Runtime(d, r).Start(ctx, r.ID)
	}
	if err != nil {
		status = beginFailed + err.Error()
	}
	err = errors.Join(err, manager.Send(notify.Status(status)), manager.Barrier(ctx))
	step("begin:done")
	return err
}

// passGate waits until nobody holds the gate: a foreground run closes it while
// it connects to the relay, so that it sees the container's first byte.
func passGate(d Dir) error {
	f, err := os.Open(d.Gate())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return sys.Lock(f, false)
}
