package container

import (
	"strconv"
	"strings"
	"time"
)

// EventType says what happened to a container.
type EventType string

// The types of events. Beside each stands what the manager says, live and in the
// journal; docs/json.md has the same for users.
const (
	// EventStart: the unit has become active (ActiveEnterTimestamp=; "Started").
	EventStart EventType = "start"
	// EventExit: its main process has ended (ExecMainExitTimestamp=; the record of
	// Reap). Also that of a launch that failed: Message says so then.
	EventExit EventType = "exit"
	// EventOOM: the kernel has killed a process of the unit for want of memory.
	// Only the manager's journal entry tells.
	EventOOM EventType = "oom"
	// EventRestart: it is started again, Restart= (NRestarts=; "Scheduled restart
	// job").
	EventRestart EventType = "restart"
	// EventPause and EventResume: its pause unit came and went.
	EventPause  EventType = "pause"
	EventResume EventType = "resume"
	// EventExecStart and EventExecExit: the unit of an exec session came and went.
	EventExecStart EventType = "exec-start"
	EventExecExit  EventType = "exec-exit"
	// EventRelayFailed: the relay's process has failed (Result= of its unit).
	EventRelayFailed EventType = "relay-failed"
	// EventRelayRestart: the relay is started again after that.
	EventRelayRestart EventType = "relay-restart"
	// EventLost: the relay says that a log did not take lines (its STATUS=, and
	// its own journal entry).
	EventLost EventType = "lost"
)

// Event is one thing that happened to a container. What is unknown is absent.
// The names of the JSON fields are described in docs/json.md.
type Event struct {
	Time    time.Time `json:"time"`
	Type    EventType `json:"type"`
	Name    string    `json:"name"`
	Unit    string    `json:"unit"`
	PID     int       `json:"pid,omitempty"`
	Code    *int      `json:"exitCode,omitempty"`   // 128+n for death by signal n
	Signal  int       `json:"exitSignal,omitempty"` // the signal, if it died by one
	Result  string    `json:"result,omitempty"`     // Result= of the unit, systemd.exec(5)
	Session string    `json:"session,omitempty"`
	Count   int       `json:"restarts,omitempty"`
	Message string    `json:"message,omitempty"`

	Invocation string `json:"invocationID,omitempty"`
}

// ended notes how a process ended, from the code of waitid(2).
func (e *Event) ended(code, status int) {
	e.Code, e.Signal = exitOf(code, status)
}

// key is the same for what the manager tells and the journal has of one event.
func (e *Event) key() string {
	n := ""
	switch e.Type {
	case EventRestart, EventRelayRestart:
		n = strconv.Itoa(e.Count)
	case EventOOM: // it has one source, the journal
		n = strconv.FormatInt(e.Time.UnixMicro(), 10)
	}
	return strings.Join([]string{string(e.Type), e.Unit, e.Invocation, n, e.Session}, " ")
}

// role is what a unit is to a container.
type role int

const (
	roleNone role = iota
	roleContainer
	roleRelay
	rolePause
	roleExec
)

// pausePrefix begins the name of a pause unit, see pauseUnit. The "@" keeps it apart
// from containers' own units.
const pausePrefix = "unitmon-pause@"

// eventPatterns are shell patterns of all units that roleOf knows, for the
// manager.
func eventPatterns() []string { return []string{"unitmon-*", "unitmon@*"} }

// roleOf says what a unit is, and of which container; session is that of exec.
func roleOf(u string) (r role, name, session string) {
	if name, id, ok := SessionOfUnit(u); ok {
		return roleExec, name, id
	}
	base, service := strings.CutSuffix(u, ".service")
	if !service {
		return roleNone, "", ""
	}
	for _, p := range []struct {
		prefix string
		role   role
	}{{pausePrefix, rolePause}, {relayPrefix, roleRelay}, {fileRelay, roleRelay}} {
		if rest, ok := strings.CutPrefix(base, p.prefix); ok {
			if CheckName(rest) != nil {
				return roleNone, "", ""
			}
			return p.role, rest, ""
		}
	}
	if name, ok := NameOfUnit(u); ok {
		return roleContainer, name, ""
	}
	return roleNone, "", ""
}

// isEventUnit reports whether events come from a unit of this name.
func isEventUnit(u string) bool {
	r, _, _ := roleOf(u)
	return r != roleNone
}
