// Package plan is what the tests of the engines' door and their fake runtime,
// tests/conmon/cmd/faketool, tell each other: what the runtime is to do, and
// what it saw.
package plan

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Variable names the file of the Plan in the environment. That it arrives is
// part of the contract: a monitor hands its environment on unchanged.
const Variable = "FAKETOOL_PLAN"

// ExitVerb is the first argument with which faketool is an exit command.
const ExitVerb = "exit-command"

// Plan is what a runtime does in create, restore and exec. The zero value
// starts nothing and succeeds without a pid file.
type Plan struct {
	// Payload is the container's command. Empty: none is started.
	Payload []string
	// Stderr is written to stderr first, then Fill bytes of 'x' to stderr and
	// FillStdout bytes to stdout.
	Stderr           string
	Fill, FillStdout int
	// Hang: then do nothing more, for ever.
	Hang bool
	// Gate is a FIFO that is read to its end before the payload starts.
	Gate string
	// Status is the exit status of the runtime; if it is not 0, no payload is
	// started.
	Status int
	// NoPIDFile: write none. PID: write this one, and start nothing.
	NoPIDFile bool
	PID       int
	// Console is what happens to a console socket: "" sends the terminal's
	// master, "ignore" does not connect, "close" connects and sends nothing.
	Console string
	// Linger is a FIFO that is read to its end after the pid file is written:
	// the runtime is still there.
	Linger string
	// Group is an inherited descriptor of a cgroup.procs file that the runtime
	// moves itself into. 0: none.
	Group int

	// Record and ExitRecord are files for what runtime and exit command saw.
	Record, ExitRecord string
	// ExitWatch are paths that the exit command looks for.
	ExitWatch []string
	// ExitStatus is the status of the exit command.
	ExitStatus int
}

// Record is what a program saw when it was started.
type Record struct {
	Args []string
	Env  []string
	Dir  string
	// FDs are the descriptors that were open, with what /proc says they are.
	FDs map[int]string
	// PID, Parent, Group and Session are its own, its parent's, its process
	// group's and its session's.
	PID, Parent, Group, Session int
	// Found are those of Plan.ExitWatch that exist.
	Found []string
}

// Read reads a Plan or a Record.
func Read[T any](path string) (T, error) {
	var v T
	data, err := os.ReadFile(path)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(data, &v)
}

// Write writes a Plan or a Record, complete or not at all.
func Write[T any](path string, v T) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	// Not beside path: who watches that directory is to see one event.
	temp := filepath.Join(filepath.Dir(path), "..", "."+filepath.Base(filepath.Dir(path))+"-"+filepath.Base(path))
	if err := os.WriteFile(temp, data, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
