package lifecycle

import (
	"strings"

	"github.com/unitmon/unitmon/internal/oci"
)

// NotAllowed is the error for an operation that the state does not allow. Its
// text says what to do instead. It wraps oci.ErrNotRunning for what has stopped,
// and oci.ErrNotExist for what is not there.
type NotAllowed struct {
	Name    string // of the container, or the process; may be empty
	State   State
	Op      Op
	Process bool // a process that is executed in a container
}

// Error is "container NAME is STATE: what to do (command)".
func (e *NotAllowed) Error() string {
	text := "container"
	if e.Process {
		text = "process"
	}
	if e.Name != "" {
		text += " " + e.Name
	}
	if e.State == Deleted {
		text += " does not exist"
	} else {
		text += " is " + string(e.State)
	}
	if a := strings.ReplaceAll(e.advice(), "NAME", orName(e.Name)); a != "" {
		text += ": " + a
	}
	return text
}

func orName(name string) string {
	if name == "" {
		return "NAME"
	}
	return name
}

// Unwrap gives what callers branch on.
func (e *NotAllowed) Unwrap() error {
	switch e.State {
	case Stopped:
		return oci.ErrNotRunning
	case Deleted:
		return oci.ErrNotExist
	}
	return nil
}

// advice is what to do; NAME stands for the name.
func (e *NotAllowed) advice() string {
	if e.Process {
		return e.processAdvice()
	}
	switch {
	case e.Op == OpCreate:
		return "remove it first (unitmon rm NAME), or take another name"
	case e.Op == OpRestore:
		return "a checkpoint is restored into a container that is not there or was not started: stop and remove this one first (unitmon rm NAME)"
	}
	switch e.State {
	case Creating:
		return "wait until it is created, or stop it (unitmon stop NAME)"
	case Created:
		return "start it first (unitmon start NAME)"
	case Running:
		return e.runningAdvice()
	case Paused:
		return "resume it first (unitmon resume NAME)"
	case Stopped:
		return "run it again, or look at how it ended (unitmon status NAME)"
	}
	return "look for its name (unitmon ps --all)"
}

func (e *NotAllowed) runningAdvice() string {
	switch e.Op {
	case OpStart, OpResume:
		return "it runs already"
	case OpDelete:
		return "stop it first (unitmon stop NAME)"
	}
	return ""
}

func (e *NotAllowed) processAdvice() string {
	switch e.Op {
	case OpPause, OpResume, OpCheckpoint, OpCheckpointLeave, OpRestore, OpUpdate, OpStats, OpProcesses, OpExec, OpKillAll, OpCreate:
		return string(e.Op) + " is for the whole container"
	}
	switch e.State {
	case Creating:
		return "wait until it is created"
	case Created:
		return "it has not started"
	case Running:
		return "wait for its end, or kill it"
	case Paused:
		return "resume its container first"
	case Stopped:
		return "it has ended"
	}
	return "execute it again"
}
