// Package engine is conmon's contract for container engines: one process that
// the engine starts for a container or an exec session, and the monitor that it
// becomes. The options are those of package cli, the messages and files those of
// package wire; what moves output and serves attach is package loop, as in the
// relay.
//
// # Processes
//
// The engine waits for the process that it starts, so that one checks the
// command line, waits for the start pipe and executes itself once more:
// [Launch]. The second is the monitor: [Watch]. With --sync there is no engine
// that waits, and the first process becomes the monitor itself.
//
// # One thread
//
// A [monitor] owns all state. Everything that happens to it comes out of the
// loop: package loop's Run returns when one of the monitor's own descriptors is
// readable. A table of states and events says what is done.
//
// # The end
//
// What is done after the container's exit is a list of steps, which are always
// all tried, in the order that engines rely on: see steps.
package engine
