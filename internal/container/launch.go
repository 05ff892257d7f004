package container

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// LaunchSteps are the steps of Launch in their order, for a container that
// tells its readiness itself.
func LaunchSteps() []string {
	return []string{
		"launch:record", "launch:cgroup", "launch:clean", "launch:stdio", "launch:create", "launch:created",
		"launch:handover", "launch:done",
	}
}

// Launch is the ExecStart= process of the container unit of d: it creates the
// container and makes its init the unit's main process. It must run as that
// unit's main process, with $NOTIFY_SOCKET.
//
// With NotifyContainer it also starts the container, since the manager does
// not run ExecStartPost= before the container has said READY=1.
//
// If the container was gone before the manager could take it over, which can
// happen only with NotifyContainer, Launch returns an *ExitError with the
// container's exit, and the caller ends in the same way.
func Launch(ctx context.Context, d Dir) error {
	step("launch:record")
	l, err := newLauncher(d)
	if err != nil {
		return err
	}
	defer func() { _ = l.manager.Close() }()
	if err := l.create(ctx); err != nil {
		return errors.Join(err, l.manager.Send(notify.Status(launchFailed+err.Error())))
	}
	return l.handOver(ctx)
}

// launcher is the state of one Launch.
type launcher struct {
	dir     Dir
	record  *Record
	runtime *oci.Runtime
	manager *notify.Socket
	pid     int
	pidfd   *sys.Pidfd
}

func newLauncher(d Dir) (*launcher, error) {
	r, err := ReadRecord(d)
	if err != nil {
		return nil, err
	}
	manager, err := notify.FromEnv()
	if err != nil {
		return nil, err
	}
	if manager == nil {
		return nil, errors.New("NOTIFY_SOCKET is not set: launch runs as ExecStart= of a container unit only")
	}
	return &launcher{dir: d, record: r, runtime: Runtime(d, r), manager: manager}, nil
}

// Runtime is the OCI runtime of the container in d, whose record is r.
func Runtime(d Dir, r *Record) *oci.Runtime {
	return &oci.Runtime{
		Path: r.Runtime.Path, Name: filepath.Base(r.Runtime.Path), Args: r.Runtime.Args,
		Root: d.RuntimeRoot(), Rootless: r.User,
	}
}

// create makes the container, and with NotifyContainer starts it.
func (l *launcher) create(ctx context.Context) error {
	step("launch:cgroup")
	cgroup, err := enterSupervisor()
	if err != nil {
		return err
	}
	step("launch:clean")
	if err := discard(ctx, l.runtime, l.record.ID); err != nil {
		return err
	}
	if err := l.finishConfig(cgroup + "/container"); err != nil {
		return err
	}
	step("launch:stdio")
	stdio, err := l.stdio(ctx)
	if err != nil {
		return err
	}
	defer closeAll(stdio[:])
	step("launch:create")
	if err := l.runCreate(ctx, stdio); err != nil {
		return err
	}
	if l.pid, err = oci.ReadPIDFile(l.dir.PIDFile()); err != nil {
		return fmt.Errorf("%s create: %w", l.runtime.Name, err)
	}
	step("launch:created")
	return l.startIfReadyItself(ctx)
}

// startIfReadyItself starts a container that says READY=1 itself. The pidfd is
// taken first, so that the exit of one that is gone at once is not lost.
func (l *launcher) startIfReadyItself(ctx context.Context) (err error) {
	if l.record.SDNotify != NotifyContainer {
		return nil
	}
	if l.pidfd, err = sys.OpenPidfd(l.pid); err != nil {
		return err
	}
	if err := l.manager.Send(notify.Status(statusCreated)); err != nil {
		return err
	}
	if err := passGate(l.dir); err != nil {
		return err
	}
	return l.runtime.Start(ctx, l.record.ID)
}

// handOver makes the container's init the unit's main process.
func (l *launcher) handOver(ctx context.Context) error {
	step("launch:handover")
	states := []string{notify.MainPID(l.pid)}
	if l.record.SDNotify == NotifyUnit {
		states = append(states, notify.Ready, notify.Status(statusCreated))
	}
	if err := l.manager.Send(states...); err != nil {
		return err
	}
	// Only when the barrier is through has the manager read the message; a
	// sender that ends before is often not known to it any more.
	if err := l.manager.Barrier(ctx); err != nil {
		return err
	}
	step("launch:done")
	return l.exitIfGone(ctx)
}

// exitIfGone returns an *ExitError if the container that was started here is
// dead already. The manager refuses a dead main process and then takes this
// process's exit for the container's; if it did take the container in time,
// it does not look at this one's.
func (l *launcher) exitIfGone(ctx context.Context) error {
	if l.pidfd == nil {
		return nil
	}
	defer func() { _ = l.pidfd.Close() }()
	gone, err := l.pidfd.Exited()
	if err != nil || !gone {
		return err
	}
	// The manager, its parent, reaps it; under load that comes after the barrier.
	ctx, cancel := context.WithTimeout(ctx, reapedMax)
	defer cancel()
	status, err := l.pidfd.ReapedStatus(ctx)
	if err != nil {
		return fmt.Errorf("container ended before the manager had it, exit unknown: %w", err)
	}
	return &ExitError{Status: status}
}

// reapedMax bounds the wait for a manager that does not reap.
const reapedMax = 10 * time.Second

// ExitError is the end of a container that Launch has to stand for.
type ExitError struct{ Status sys.WaitStatus }

func (e *ExitError) Error() string {
	if e.Status.Signaled() {
		return "container ended by signal " + strconv.Itoa(int(e.Status.Signal()))
	}
	return "container ended with status " + strconv.Itoa(e.Status.ExitStatus())
}

// finishConfig completes config.json with what is known only inside the unit:
// its cgroup.
func (l *launcher) finishConfig(cgroup string) error {
	path := filepath.Join(l.dir.Bundle(), "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// Only what changes is decoded; all else goes through as it is.
	config := map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &config); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	linux := map[string]json.RawMessage{}
	if raw := config["linux"]; raw != nil {
		if err := json.Unmarshal(raw, &linux); err != nil {
			return fmt.Errorf("%s: linux: %w", path, err)
		}
	}
	linux["cgroupsPath"] = mustJSON(cgroup)
	config["linux"] = mustJSON(linux)
	return sys.WriteFile(path, mustJSON(config))
}

// mustJSON encodes values that cannot fail: strings and decoded JSON.
func mustJSON(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// discard deletes what an earlier start of this container left behind in the
// runtime, if its Reap was killed.
func discard(ctx context.Context, r *oci.Runtime, id string) error {
	err := r.Delete(ctx, id, true)
	if errors.Is(err, oci.ErrNotExist) {
		return nil
	}
	return err
}
