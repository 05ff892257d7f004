package oci

import (
	"context"
	"os"
)

// ExecTerminal is Exec with Detach for a process with a terminal
// (Process.Terminal), of which it returns the master, as CreateTerminal does; o
// needs no Console, but a path for the socket. What the runtime prints goes to
// o.Stdio[2].
func (r *Runtime) ExecTerminal(ctx context.Context, id, socket string, o ExecOptions) (*os.File, error) {
	c, err := listenConsole(socket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.close() }()
	o.Detach, o.Console = true, socket
	if _, err := r.Exec(ctx, id, o); err != nil {
		return nil, err
	}
	master, err := c.take()
	if err != nil {
		return nil, &Error{Runtime: r.Name, Verb: "exec", Err: err}
	}
	return master, nil
}

// Subgroups reports whether Exec knows Cgroup: runc from 1.1 on and crun do.
// runsc's processes are not in cgroups of their own.
func (r *Runtime) Subgroups() bool {
	switch quirksOf(r.Name).name {
	case "runc", "crun":
		return true
	}
	return false
}
