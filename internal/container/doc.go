// Package container is the life of a container unit: what is on disk for it,
// which units it consists of, and the three short-lived processes that the
// manager runs for it.
//
//   - [Launch] (ExecStart=) creates the container and hands its init to the
//     manager as the unit's main process.
//   - [Begin] (ExecStartPost=) starts it. The manager does not run Begin before
//     it has the main process, so however soon the container ends, the manager
//     is the one that reaps it and its exit is true on every kernel.
//   - [Reap] (ExecStopPost=) deletes the container from its runtime, waits
//     until its last output is stored, and records the exit.
//
// None of them is there while the container runs.
package container
