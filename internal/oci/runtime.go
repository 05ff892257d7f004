package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// Runtime is an OCI runtime: a program with the command line of runc. The
// value is not changed by its methods, which may run at the same time for
// different containers.
type Runtime struct {
	Path string   // absolute path of the program
	Name string   // runc, crun, runsc, … for messages and quirks
	Args []string // global arguments, before the verb
	Root string   // the runtime's state directory (--root); empty for its default

	// Rootless says that the caller is not root. runc and crun then keep their
	// state in XDG_RUNTIME_DIR, which the environment must have.
	Rootless bool
	// Systemd makes the runtime ask systemd for the container's cgroup
	// (--systemd-cgroup). unitmon's containers are in a unit already.
	Systemd bool
}

// Create makes the container id from the bundle and leaves it waiting for
// Start. The three files are the container's stdin, stdout and stderr; nil is
// /dev/null; they stay the caller's. The pid of its init is in pidFile.
//
// The runtime's messages are read from a log of its own in bundle, which is
// gone afterwards. But runc and crun print their last error on stderr as well
// (runc 1.1.5, crun 1.8.1), so after a failure it is also in stdio[2].
//
// When ctx is cancelled the runtime is killed, which may leave a container
// half made: call Delete with force after any error.
func (r *Runtime) Create(ctx context.Context, id, bundle, pidFile string, stdio [3]*os.File) error {
	return r.create(ctx, id, bundle, pidFile, stdio)
}

// create is Create with more flags.
func (r *Runtime) create(ctx context.Context, id, bundle, pidFile string, stdio [3]*os.File, flags ...string) error {
	if err := checkID(id); err != nil {
		return err
	}
	for _, p := range []string{bundle, pidFile} {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("create %s: %q is not an absolute path", id, p)
		}
	}
	log := filepath.Join(bundle, "create.log")
	_ = os.Remove(log) // of an earlier try: runtimes append
	defer func() { _ = os.Remove(log) }()
	return r.run(ctx, call{
		verb: "create", id: id, log: log, stdio: &stdio,
		flags: append([]string{"--bundle", bundle, "--pid-file", pidFile}, flags...),
	})
}

// Start lets the container's command begin.
func (r *Runtime) Start(ctx context.Context, id string) error {
	return r.run(ctx, call{verb: "start", id: id})
}

// State asks for the container's state. The error wraps ErrNotExist if there
// is no such container. The exit status is not part of a state.
func (r *Runtime) State(ctx context.Context, id string) (specs.State, error) {
	var s specs.State
	var out tail
	if err := r.run(ctx, call{verb: "state", id: id, stdout: &out}); err != nil {
		return s, err
	}
	if err := json.Unmarshal(out.buf, &s); err != nil {
		return s, &Error{Runtime: r.Name, Verb: "state", Err: err}
	}
	if quirksOf(r.Name).staleState {
		return truth(s)
	}
	return s, nil
}

// Kill sends a signal, TERM, SIGTERM or 15, to the container's init, or with
// all to every process of it. The error wraps ErrNotExist or ErrNotRunning if
// there is nothing to signal; with all, that is not an error to runc and crun.
// In a container with a pid namespace of its own runc since 1.2 takes all to mean
// init only, which for KILL, that ends the namespace, is the same. runsc before
// 2023 sends nothing to a created or paused container; KILL works there too, by
// the end of the sandbox.
func (r *Runtime) Kill(ctx context.Context, id, sig string, all bool) error {
	if sig == "" || sig[0] == '-' {
		return fmt.Errorf("kill %s: %q is not a signal", id, sig)
	}
	c := call{verb: "kill", id: id, after: []string{sig}}
	if all {
		c.flags = []string{"--all"}
	}
	err := r.run(ctx, c)
	if err != nil && quirksOf(r.Name).killsRunning {
		return r.killOther(ctx, id, sig, err)
	}
	return err
}

// Delete removes a container that has exited, or with force any: its init is
// then killed first. The error wraps ErrNotExist if there is no such container;
// with force that is no error, and a state directory with nothing in it is proof
// enough, without a call of the runtime.
func (r *Runtime) Delete(ctx context.Context, id string, force bool) error {
	if !force {
		return r.run(ctx, call{verb: "delete", id: id})
	}
	if r.knowsNone() {
		return checkID(id)
	}
	err := r.run(ctx, call{verb: "delete", id: id, flags: []string{"--force"}})
	if err == nil || errors.Is(err, ErrNotExist) {
		return nil // runsc says so; runc and crun do not
	}
	// runsc of 2022 deletes a paused container and panics when all is done.
	if _, gone := r.State(ctx, id); errors.Is(gone, ErrNotExist) {
		return nil
	}
	return err
}

// knowsNone reports whether the state directory is there and empty: to start the
// runtime for that answer takes a tenth of a whole launch.
func (r *Runtime) knowsNone() bool {
	if r.Root == "" {
		return false
	}
	dir, err := os.Open(r.Root)
	if err != nil {
		return false
	}
	defer func() { _ = dir.Close() }()
	_, err = dir.Readdirnames(1)
	return errors.Is(err, io.EOF)
}

// checkID refuses what a runtime would take for an option or a path.
func checkID(id string) error {
	if id == "" || id[0] == '-' || id == "." || id == ".." {
		return fmt.Errorf("container id %q: not a name", id)
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case c == '-', c == '_', c == '.', c == '+':
		default:
			return fmt.Errorf("container id %q: has %q in it", id, c)
		}
	}
	return nil
}
