package oci

import (
	"errors"
	"fmt"
)

// ErrNotExist is wrapped by errors about a container that the runtime does not
// know.
var ErrNotExist = errors.New("container does not exist")

// ErrNotRunning is wrapped by errors about a container that has exited.
var ErrNotRunning = errors.New("container is not running")

// Error is a failed call of a runtime.
type Error struct {
	Runtime string // its name
	Verb    string // create, start, …
	// Status is the runtime's exit status; -1 if it did not start or died of a
	// signal.
	Status int
	// Message is the runtime's own last error, one line of at most 4 KiB,
	// without time stamp and level; empty if it said nothing.
	Message string
	// Err is the cause: ErrNotExist or ErrNotRunning where the runtime says so,
	// or why it could not be executed, or an *exec.ExitError.
	Err error
}

// Error is "RUNTIME VERB: the runtime's words", or the cause if it had none.
func (e *Error) Error() string {
	if e.Message != "" {
		return fmt.Sprintf("%s %s: %s", e.Runtime, e.Verb, e.Message)
	}
	return fmt.Sprintf("%s %s: %v", e.Runtime, e.Verb, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ExitCode is the exit code to report for a container that did not start, as
// podman-run(1) and the shell have it: 127 if its command was not found, 126
// if it cannot be executed, else 125.
func (e *Error) ExitCode() int {
	if e.Verb != "create" && e.Verb != "start" && e.Verb != "exec" {
		return codeRuntime
	}
	return ExitCode(e.Message)
}
