package oci

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/sys"
)

// ExecOptions describe a further process of a running container.
type ExecOptions struct {
	Process *specs.Process // with Terminal set, Console must be
	Console string         // path of the socket that gets the terminal's master
	Stdio   [3]*os.File    // stay the caller's; nil is /dev/null
	// Files become the descriptors 3, 4, … of the process. runsc has no way for
	// them (errors.ErrUnsupported).
	Files []*os.File

	// PIDFile is where the runtime writes the pid of the process on the host
	// when it runs; for runsc that of its own process that stands for it. It
	// must be absolute, in a directory of the caller's own: beside it, while
	// Exec runs, are PIDFile.json and PIDFile.log. What is there is replaced.
	PIDFile string
	// InternalPIDFile gets the pid inside the container, if GuestPIDs; else it
	// is ignored. For [Runtime.KillProcess].
	InternalPIDFile string
	// Cgroup is a cgroup below the container's own that exists already, as a
	// path relative to that; empty for the container's. See [Runtime.Subgroups].
	Cgroup string
	// Started is called when the runtime has Stdio and Files, which may be closed
	// from then on; nil: when Exec returns.
	Started func()
	// Detach returns when the process has been started, as an orphan, whose
	// parent is then the nearest subreaper. Without it the runtime stays as
	// its parent until it ends; runc then copies the output, stdout and stderr
	// each for itself, so that their order is not kept.
	Detach bool
}

func (o *ExecOptions) check(id string) error {
	switch {
	case o.Process == nil || len(o.Process.Args) == 0:
		return fmt.Errorf("exec in %s: no command", id)
	case !filepath.IsAbs(o.PIDFile):
		return fmt.Errorf("exec in %s: pid file %q is not an absolute path", id, o.PIDFile)
	case o.Process.Terminal != (o.Console != ""):
		return fmt.Errorf("exec in %s: a terminal and a console socket go together", id)
	}
	return nil
}

// Exec runs a process in a running container. Without Detach it waits for its
// end and returns its exit code, 128+n for signal n; with Detach the code is 0
// and the exit is for the process's parent to know.
//
// An error means that the process did not run: an *Error whose ExitCode is 126 or
// 127 if it is the command's fault. A code is never that of the runtime: it
// counts only if the runtime has written the pid file.
func (r *Runtime) Exec(ctx context.Context, id string, o ExecOptions) (code int, err error) {
	if err := o.check(id); err != nil {
		return 0, err
	}
	if len(o.Files) > 0 && quirksOf(r.Name).noFiles {
		return 0, fmt.Errorf("exec in %s: %s cannot hand descriptors over: %w", id, r.Name, errors.ErrUnsupported)
	}
	c, clean, err := r.prepareExec(id, &o)
	defer clean()
	if err != nil {
		return 0, fmt.Errorf("exec in %s: %w", id, err)
	}
	err = r.run(ctx, c)
	if o.Detach {
		return 0, err
	}
	var exit *exec.ExitError
	if err != nil && (ctx.Err() != nil || !errors.As(err, &exit) || !exit.Exited()) {
		return 0, err
	}
	if _, missing := ReadPIDFile(o.PIDFile); missing != nil {
		return 0, cmp.Or(err, error(&Error{Runtime: r.Name, Verb: "exec", Err: missing}))
	}
	if err != nil {
		return exit.ExitCode(), nil
	}
	return 0, nil
}

// prepareExec writes the process's file. clean removes it and the log.
func (r *Runtime) prepareExec(id string, o *ExecOptions) (c call, clean func(), err error) {
	file, log := o.PIDFile+".json", o.PIDFile+".log"
	for _, old := range []string{o.PIDFile, log} {
		_ = os.Remove(old) // runtimes append to a log, and a pid file is a proof
	}
	clean = func() { _, _ = os.Remove(file), os.Remove(log) }
	data, err := json.Marshal(o.Process)
	if err != nil {
		return c, clean, err
	}
	c = call{verb: "exec", id: id, log: log, stdio: &o.Stdio, extra: o.Files, started: o.Started, flags: r.execFlags(o, file)}
	return c, clean, sys.WriteFile(file, data)
}

func (r *Runtime) execFlags(o *ExecOptions, file string) []string {
	flags := []string{"--process", file, "--pid-file", o.PIDFile}
	if o.InternalPIDFile != "" && r.GuestPIDs() {
		flags = append(flags, "--internal-pid-file", o.InternalPIDFile)
	}
	if o.Console != "" {
		flags = append(flags, "--console-socket", o.Console)
	}
	if o.Detach {
		flags = append(flags, "--detach")
	}
	if o.Cgroup != "" {
		flags = append(flags, "--cgroup", o.Cgroup)
	}
	if len(o.Files) > 0 {
		flags = append(flags, "--preserve-fds", strconv.Itoa(len(o.Files)))
	}
	return flags
}

// KillProcess sends a signal to a process of the container by its pid, one that
// Processes tells. The error wraps ErrNotRunning if there is none. On the host
// the caller must see to it that the pid is still that process: with a pidfd
// from when it was known to be.
func (r *Runtime) KillProcess(ctx context.Context, id string, pid int, sig string) error {
	number, ok := sys.ParseSignal(sig)
	if !ok || pid < 1 {
		return fmt.Errorf("kill %d in %s: %q is not a signal, or that not a process", pid, id, sig)
	}
	if r.GuestPIDs() {
		return r.run(ctx, call{
			verb: "kill", id: id, flags: []string{"--pid", strconv.Itoa(pid)}, after: []string{strconv.Itoa(number)},
		})
	}
	err := sys.Kill(pid, number)
	if sys.IsErrno(err, sys.ESRCH) {
		err = ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("kill %d in %s: %w", pid, id, err)
	}
	return nil
}
