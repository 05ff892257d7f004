// Package lifecycle is the life of a container, and of the processes that are
// executed in it: which states there are, which operation is allowed in which
// state and where it leads, and what to say when it is not. The rules are one
// table ([State.Check], [State.CheckProcess]); the states are those of
// https://github.com/opencontainers/runtime-spec, runtime.md, with paused, as all
// runtimes have it, and deleted, which is any container that does not exist.
//
// A [Container] is one container of an OCI runtime. Its owner is usually not its
// parent: in unitmon's units that is the manager, which reaps it. How it ended is
// known by its pidfd, which is taken as soon as the container exists, so that the
// exit of one that ends at once, or is killed before it was started, is not lost.
// The kernel tells an exit status by a pidfd since Linux 6.15, when the parent has
// taken it; a Container that finds itself to be the parent takes it itself. In
// every other case the exit is reported as unknown, never as 0.
//
// # Who owns what
//
// One machine has the state. Events come in (an operation begins, has succeeded,
// has failed; the process has ended), the table decides, and the effects happen in
// the order of a list that a test asserts ([ExitEffects]). Nothing of this waits:
// no lock is held while a runtime works. Operations that change the state (start,
// pause, resume, checkpoint, restore, delete) wait for each other; those that do
// not (kill, exec, update, stats, ps, wait) wait for nothing, so that a runtime that
// hangs in one call does not block the others.
//
// Every Container has one goroutine, which waits for its end; Close ends it.
package lifecycle
