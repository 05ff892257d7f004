// Package notify tells a service manager how its service is doing, and
// listens to such messages: sd_notify(3) in both directions, with the fd
// store and the barrier.
//
//	manager, err := notify.FromEnv()
//	...
//	err = manager.Send(notify.Ready, notify.Status("serving"))
//	err = manager.Barrier(ctx)
//
// A manager that is not there is a nil *Socket, all of whose methods do
// nothing and succeed, so that callers need no condition.
//
// The barrier matters: the manager finds the sender's unit by its process ID,
// and the message of a process that has exited meanwhile is often dropped.
// Whoever sends and then exits waits for the Barrier in between.
package notify
