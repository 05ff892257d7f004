package container

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// The MESSAGE_ID= of the journal entries that record a session's begin and end.
const (
	ExecBeginMessageID = "8a3f0ce1f5b4417f9d1c6e2b7a50d3e4"
	ExecEndMessageID   = "b1d94c7e60a8492ea53f08d7c2e61f95"
)

// ExecIDField is the journal field with a session's ID in the output of a
// detached one.
const ExecIDField = "CONTAINER_EXEC_ID"

// RecordBegin records in the journal that the session begins.
func (s *Session) RecordBegin(ctx context.Context) error {
	return s.record(ctx, s.describe(), [2]string{journal.MessageID, ExecBeginMessageID})
}

// RecordEnd records its end. Without an exit code that is unknown.
func (s *Session) RecordEnd(ctx context.Context, exit Exit) error {
	return s.record(ctx, fmt.Sprintf("Exec %s in container %s %s", s.ID, s.Record.Name, exit),
		[2]string{journal.MessageID, ExecEndMessageID},
		[2]string{"UNITMON_EXIT_CODE", exit.Code},
		[2]string{"UNITMON_EXIT_STATUS", exit.Status})
}

// ExitOf is the exit of a process, in the words of Exit.
func ExitOf(status sys.WaitStatus) Exit {
	switch {
	case status.CoreDump():
		return Exit{"core-dump", "dumped", signalWord(status)}
	case status.Signaled():
		return Exit{"signal", "killed", signalWord(status)}
	case status.ExitStatus() != 0:
		return Exit{"exit-code", "exited", strconv.Itoa(status.ExitStatus())}
	}
	return Exit{"success", "exited", "0"}
}

// signalWord is a signal as $EXIT_STATUS of systemd.exec(5) names it.
func signalWord(status sys.WaitStatus) string {
	return strings.TrimPrefix(sys.SignalName(int(status.Signal())), "SIG")
}

// record writes one entry about the session.
func (s *Session) record(ctx context.Context, message string, fields ...[2]string) error {
	return s.Record.tell(ctx, message, append(fields, [2]string{"UNITMON_EXEC_ID", s.ID})...)
}
