package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/notify"
)

// ReapSteps are the steps of Reap in their order.
func ReapSteps() []string { return []string{"reap:delete", "reap:drain", "reap:record", "reap:done"} }

const (
	// drainMax is how long Reap waits for the relay to store the last output.
	// It is only used up while journald does not take it.
	drainMax = 90 * time.Second
	// drainStep is how far ahead of the stop timeout Reap keeps the manager,
	// and the time that the runtime has to delete the container.
	drainStep = 10 * time.Second
)

// ExitMessageID is the MESSAGE_ID= of the journal entry that records an exit.
const ExitMessageID = "5c0f2c6dd5d94c0aa5b1d1b4b6d0c9b4"

// Exit is the end of a container unit, as the manager tells it to ExecStopPost=
// processes (systemd.exec(5)).
type Exit struct{ Result, Code, Status string }

// ExitFromEnv reads $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS. What is not
// set is unknown and stays empty.
func ExitFromEnv() Exit {
	return Exit{os.Getenv("SERVICE_RESULT"), os.Getenv("EXIT_CODE"), os.Getenv("EXIT_STATUS")}
}

// String is for people: what happened, then how the manager judges it.
func (e Exit) String() string {
	switch e.Code {
	case "exited":
		return fmt.Sprintf("exited with status %s (%s)", e.Status, e.Result)
	case "killed", "dumped":
		return fmt.Sprintf("%s by signal %s (%s)", e.Code, e.Status, e.Result)
	}
	if e.Result == "" {
		return "exit unknown"
	}
	return "exit unknown (" + e.Result + ")"
}

// Reap is the ExecStopPost= process of a container unit. It runs when nothing
// of the container is alive any more, also after a failed start: it deletes the
// container from the runtime, waits until its output is stored, and records
// the exit in the journal. It tries everything and returns all errors.
//
// The manager gives it no more time than the container had to stop, which may be
// next to nothing; so it asks for its own before all else. The container is
// deleted first, so that a journald that does not answer does not keep it.
func Reap(ctx context.Context, d Dir, exit Exit) error {
	step("reap:delete")
	r, err := ReadRecord(d)
	if err != nil {
		return err
	}
	manager, err := notify.FromEnv()
	if err != nil {
		return err
	}
	defer func() { _ = manager.Close() }()
	asked := manager.Send(notify.ExtendTimeout(drainStep))
	deleted := discard(ctx, Runtime(d, r), r.ID)
	step("reap:drain")
	var drained error
	if r.Stdio == StdioFIFO {
		drained = drain(ctx, d, manager)
	} else {
		// journald must read the streams while the unit is there: it takes the
		// container's fields from it.
		syncJournal(ctx)
	}
	step("reap:record")
	recorded := recordExit(ctx, r, exit)
	if err := os.Remove(d.PIDFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		deleted = errors.Join(deleted, err)
	}
	step("reap:done")
	return errors.Join(asked, deleted, drained, recorded)
}

// drain asks the relay to store everything and keeps the manager from losing
// patience meanwhile.
func drain(ctx context.Context, d Dir, manager *notify.Socket) error {
	ctx, cancel := context.WithTimeout(ctx, drainMax)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- DrainRelay(ctx, d) }()
	patience := time.NewTicker(drainStep / 2)
	defer patience.Stop()
	for {
		if err := manager.Send(notify.ExtendTimeout(drainStep)); err != nil {
			return err
		}
		select {
		case err := <-done:
			return err
		case <-patience.C:
		}
	}
}

// recordExit writes the exit to the journal.
func recordExit(ctx context.Context, r *Record, exit Exit) error {
	return r.tell(ctx, fmt.Sprintf("Container %s %s", r.Name, exit),
		[2]string{journal.MessageID, ExitMessageID},
		[2]string{"UNITMON_RESULT", exit.Result},
		[2]string{"UNITMON_EXIT_CODE", exit.Code},
		[2]string{"UNITMON_EXIT_STATUS", exit.Status},
		[2]string{"UNITMON_INVOCATION_ID", os.Getenv("INVOCATION_ID")}) // systemd.exec(5)
}

// tell writes one entry about the container to the journal. Its fields are not
// CONTAINER_…, so that what matches those is the container's own output and nothing
// else. It waits for a journald that takes nothing for at most drainStep.
func (r *Record) tell(ctx context.Context, message string, fields ...[2]string) error {
	c, err := journal.Dial(journal.DefaultSocket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	var e journal.Entry
	for _, f := range append([][2]string{
		{journal.Message, message},
		{journal.Priority, "6"},
		{journal.SyslogIdentifier, "unitmon"},
		{"UNITMON_NAME", r.Name},
		{"UNITMON_ID", r.ID},
		// journald would find the unit by itself, but only while this process
		// is alive.
		r.unitField(),
	}, fields...) {
		if err := e.AppendString(f[0], f[1]); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, drainStep)
	defer cancel()
	return c.SendWait(ctx, &e)
}

// recordedExit finds the exit that Reap has recorded in the journal: of the run
// invocation, or of the last since boot if that is empty, which is not known to be
// the last run's if Reap was killed.
func recordedExit(ctx context.Context, r *Record, invocation string) (int, error) {
	args := append([]string{"--quiet", "--output=export", "--lines=1", "--boot"}, exitMatches(r, invocation)...)
	// What was sent may not be stored yet. Only root can ask for that.
	syncJournal(ctx)
	out, err := exec.CommandContext(ctx, "journalctl", args...).Output()
	if err != nil {
		return 0, fmt.Errorf("%w: journalctl: %w", ErrExitUnknown, err)
	}
	fields, err := journal.NewDecoder(bytes.NewReader(out)).Next()
	if err != nil {
		return 0, fmt.Errorf("%w: the journal has no record of it", ErrExitUnknown)
	}
	status := fields.Get("UNITMON_EXIT_STATUS")
	if n, err := strconv.Atoi(status); err == nil && fields.Get("UNITMON_EXIT_CODE") == "exited" {
		return n, nil
	}
	if n, ok := sys.ParseSignal(status); ok {
		return signalBase + n, nil
	}
	return 0, fmt.Errorf("%w: %s", ErrExitUnknown, fields.Get(journal.Message))
}

// exitMatches are what journalctl is asked for to find a container's exit. Everybody
// can send such an entry: only who runs Reap is believed.
func exitMatches(r *Record, invocation string) []string {
	uid := 0
	if r.User {
		uid = os.Getuid()
	}
	args := []string{"UNITMON_ID=" + r.ID, journal.MessageID + "=" + ExitMessageID, "_UID=" + strconv.Itoa(uid)}
	if invocation != "" { // a configured container has the same ID in each run
		args = append(args, "UNITMON_INVOCATION_ID="+invocation)
	}
	if r.User {
		args = append(args, "--user")
	}
	return args
}

// syncJournal waits until journald has stored what was sent to it so far. A
// journald that does not answer is not waited for longer than drainStep.
func syncJournal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainStep)
	defer cancel()
	_ = exec.CommandContext(ctx, "journalctl", "--sync").Run() // as far as it can be had
}
