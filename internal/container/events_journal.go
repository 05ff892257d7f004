package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// MESSAGE_ID= of the manager's entries, sd-messages.h of systemd.
const (
	msgStarted  = "39f53479d3a045ac8e11786248231fbf" // SD_MESSAGE_UNIT_STARTED
	msgStopped  = "9d1aaa27d60140bd96365438aad20286" // SD_MESSAGE_UNIT_STOPPED
	msgSuccess  = "7ad2d189f7e94e70a38c781354912448" // SD_MESSAGE_UNIT_SUCCESS: it has ended, and well
	msgFailure  = "d9b373ed55a64feb8242e02dbe79a49c" // SD_MESSAGE_UNIT_FAILURE_RESULT: or not
	msgSkipped  = "0e4284a0caca4bfc81c0bb6786972673" // SD_MESSAGE_UNIT_SKIPPED: ExecCondition= said no; "started" follows
	msgRestart  = "5eb03494b6584870a536b337290809b3" // SD_MESSAGE_UNIT_RESTART_SCHEDULED
	msgOOM      = "fe6faa94e7774663a0da52717891d8ef" // SD_MESSAGE_UNIT_OUT_OF_MEMORY
	relayWriter = "unitmon-relay"                    // SYSLOG_IDENTIFIER= of the relay's own entries
)

// eventMatches are what journalctl is asked for.
func eventMatches() []string {
	var args []string
	for _, id := range []string{msgStarted, msgStopped, msgSuccess, msgFailure, msgSkipped, msgRestart, msgOOM, ExitMessageID} {
		args = append(args, journal.MessageID+"="+id)
	}
	return append(args, "+", journal.SyslogIdentifier+"="+relayWriter)
}

// PastEvents calls yield for the events since a time, the oldest first, as the
// journal has them. What was sent to journald before is asked to be stored
// first, which only root can. An error of yield ends it and is returned.
func PastEvents(ctx context.Context, user bool, since time.Time, yield func(Event) error) error {
	syncJournal(ctx)
	args := append([]string{journalSince(since)}, eventMatches()...)
	told := newTold()
	return readEvents(ctx, user, args, func(e Event) error {
		if !told.first(e) {
			return nil
		}
		return yield(e)
	})
}

// journalSince is the argument of journalctl for a time; the zero time is any.
func journalSince(t time.Time) string {
	us := max(0, t.UnixMicro())
	return fmt.Sprintf("--since=@%d.%06d", us/1e6, us%1e6)
}

// readEvents runs journalctl to its end.
func readEvents(ctx context.Context, user bool, args []string, yield func(Event) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args = append([]string{"--output=export"}, args...)
	if user {
		args = append([]string{"--user"}, args...)
	}
	cmd := exec.CommandContext(ctx, "journalctl", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var says firstLine
	cmd.Stderr = &says
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("journalctl: %w", err)
	}
	err = decodeEvents(out, user, yield)
	if err != nil {
		cancel() // it is of no use any more
		_ = cmd.Wait()
		return err
	}
	switch err := cmd.Wait(); {
	case err != nil && len(says) > 0:
		return fmt.Errorf("journalctl: %s", says)
	case err != nil:
		return fmt.Errorf("journalctl: %w", err)
	}
	return nil
}

// firstLine keeps the beginning of the first line written to it.
type firstLine []byte

// Write never fails.
func (l *firstLine) Write(p []byte) (int, error) {
	const most = 256
	line, _, _ := bytes.Cut(p, []byte{'\n'})
	if len(*l) == 0 {
		*l = append(*l, line[:min(len(line), most)]...)
	}
	return len(p), nil
}

// decodeEvents reads the journal's export format.
func decodeEvents(in io.Reader, user bool, yield func(Event) error) error {
	d := journal.NewDecoder(in)
	skipped := "" // the last invocation that never began
	for {
		f, err := d.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("journalctl: %w", err)
		}
		if f.Get(journal.MessageID) == msgSkipped {
			skipped = invocationOf(f, user)
		}
		if e, ok := eventOf(f, user); ok && (e.Type != EventPause || e.Invocation != skipped) {
			if err := yield(e); err != nil {
				return err
			}
		}
	}
}

// eventOf is the event that an entry tells. Only what root has sent is believed,
// the manager and our own processes, for everybody can send entries with these
// fields; a user's journal has the user's own.
func eventOf(f journal.Fields, user bool) (Event, bool) {
	if !user && f.Get("_UID") != "0" {
		return Event{}, false
	}
	u := unitOf(f, user)
	role, name, session := roleOf(u)
	t := entryType(role, f)
	if t == "" {
		return Event{}, false
	}
	e := Event{Time: f.Time(), Type: t, Name: name, Unit: u, Session: session, Invocation: invocationOf(f, user)}
	if t == EventExit {
		e.Invocation = f.Get("UNITMON_INVOCATION_ID")
	}
	switch t {
	case EventRestart, EventRelayRestart:
		e.Count, _ = strconv.Atoi(f.Get("N_RESTARTS"))
	case EventExit:
		e.exitFields(f)
	case EventRelayFailed, EventExecExit:
		e.Result = f.Get("UNIT_RESULT")
	case EventLost, EventOOM:
		e.Message = f.Get(journal.Message)
	}
	return e, true
}

// invocationOf is the run of the unit that an entry of the manager's is about.
func invocationOf(f journal.Fields, user bool) string {
	if user {
		return f.Get("USER_INVOCATION_ID")
	}
	return f.Get("INVOCATION_ID")
}

// unitOf is the unit that an entry is about.
func unitOf(f journal.Fields, user bool) string {
	names := []string{"UNIT", journal.ObjectSystemdUnit, "_SYSTEMD_UNIT"}
	if user {
		names = []string{journal.UserUnit, "_SYSTEMD_USER_UNIT"}
	}
	for _, n := range names {
		if u := f.Get(n); u != "" {
			return u
		}
	}
	return ""
}

// entryType is what an entry means for a unit in this role, or "".
func entryType(r role, f journal.Fields) EventType {
	id := f.Get(journal.MessageID)
	ended := id == msgSuccess || id == msgFailure
	switch {
	case r == roleNone:
	case r == roleContainer && id == ExitMessageID:
		return EventExit
	case r == roleContainer && id == msgStarted:
		return EventStart
	case r == roleContainer && id == msgRestart:
		return EventRestart
	case r == roleContainer && id == msgOOM:
		return EventOOM
	case r == roleRelay && id == msgRestart:
		return EventRelayRestart
	case r == roleRelay && id == msgFailure:
		return EventRelayFailed
	case r == roleRelay && id == "" && strings.Contains(f.Get(journal.Message), "output were lost"):
		return EventLost
	case r == rolePause && id == msgStarted:
		return EventPause
	case r == rolePause && id == msgStopped:
		return EventResume
	case r == roleExec && id == msgStarted:
		return EventExecStart
	case r == roleExec && ended:
		return EventExecExit
	}
	return ""
}

// exitFields reads the record of Reap.
func (e *Event) exitFields(f journal.Fields) {
	e.Result = f.Get("UNITMON_RESULT")
	status := f.Get("UNITMON_EXIT_STATUS")
	switch f.Get("UNITMON_EXIT_CODE") {
	case "exited":
		if n, err := strconv.Atoi(status); err == nil {
			e.ended(cldExited, n)
		}
	case "killed", "dumped":
		if n, ok := sys.ParseSignal(status); ok {
			e.ended(cldKilled, n)
		}
	}
}
