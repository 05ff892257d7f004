package lifecycle

import (
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// State is where a container, or a process in one, is in its life.
type State string

// The states. A process that is executed in a container is never paused: its
// container is. Deleted is also what was never there.
const (
	Creating State = "creating" // the runtime is at work
	Created  State = "created"  // it waits for start
	Running  State = "running"
	Paused   State = "paused"
	Stopped  State = "stopped" // its process has ended; its place is there still
	Deleted  State = "deleted"
)

// States are all of them, in the order of a life.
func States() []State { return []State{Creating, Created, Running, Paused, Stopped, Deleted} }

// stateOf is the state that a runtime tells.
func stateOf(s specs.ContainerState) (State, bool) {
	switch State(s) {
	case Creating, Created, Running, Paused, Stopped:
		return State(s), true
	}
	return "", false
}

// Op is what can be asked of a container or a process in one.
type Op string

// The operations.
const (
	OpCreate          Op = "create"
	OpStart           Op = "start"
	OpExec            Op = "exec"
	OpKill            Op = "kill"
	OpKillAll         Op = "kill all"
	OpResize          Op = "resize"
	OpPause           Op = "pause"
	OpResume          Op = "resume"
	OpCheckpoint      Op = "checkpoint"       // and stop
	OpCheckpointLeave Op = "checkpoint leave" // --leave-running
	OpRestore         Op = "restore"
	OpUpdate          Op = "update"
	OpStats           Op = "stats"
	OpProcesses       Op = "ps"
	OpStatus          Op = "status"
	OpWait            Op = "wait"
	OpDelete          Op = "delete"
	OpDeleteForce     Op = "delete force"
	// What happens by itself.
	opCreated Op = "created" // the runtime has finished create
	opExit    Op = "exit"    // the process has ended
)

// Ops are those that can be asked for, in the order of the table.
func Ops() []Op {
	var list []Op
	for _, r := range containerTable() {
		if r.op != opCreated && r.op != opExit {
			list = append(list, r.op)
		}
	}
	return list
}
