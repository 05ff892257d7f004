package oci

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"github.com/unitmon/unitmon/internal/sys"
)

// runscFlags are the flags without which runsc does not run what every other
// runtime runs, as far as the caller does not give them.
//
// --network: by default runsc makes a network stack of its own on the devices
// of the network namespace, which it refuses in the machine's. "host" is the
// stack of whatever namespace the configuration names, which is what that says.
//
// --ignore-cgroups: runsc fails where a controller is missing that it wants to
// set (runsc/cgroup/cgroup_v2.go), and for a user most are.
func runscFlags(r *Runtime) []string {
	var flags []string
	if !slices.ContainsFunc(r.Args, flagNamed("network")) {
		flags = append(flags, "--network=host")
	}
	if !slices.ContainsFunc(r.Args, flagNamed("ignore-cgroups")) && !r.Systemd && lacksControllers(r.Rootless) {
		flags = append(flags, ignoreCgroups)
	}
	return flags
}

const ignoreCgroups = "--ignore-cgroups"

// ignoresCgroups finds the flag set.
func ignoresCgroups(arg string) bool {
	return flagNamed("ignore-cgroups")(arg) && !strings.HasSuffix(arg, "=false")
}

// flagNamed finds a flag of Go's flag package: -name, --name, --name=value.
func flagNamed(name string) func(arg string) bool {
	return func(arg string) bool {
		key, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		return strings.HasPrefix(arg, "-") && key == name
	}
}

// controllersFile is what of cgroup v2 the machine, or the caller's namespace,
// has at all; cgroups(7). With cgroup v1 there is no such file.
const controllersFile = "/sys/fs/cgroup/cgroup.controllers"

// lacksControllers reports whether runsc would fail to set limits.
func lacksControllers(rootless bool) bool {
	if rootless {
		return true
	}
	data, err := os.ReadFile(controllersFile)
	if err != nil {
		return false
	}
	have := strings.Fields(string(data))
	for _, c := range []string{"cpu", "cpuset", "io", "memory", "pids"} {
		if !slices.Contains(have, c) {
			return true
		}
	}
	return false
}

// truth corrects the state of a container whose process, the sandbox, has ended.
func truth(s specs.State) (specs.State, error) {
	if s.Status == specs.StateStopped || s.Pid < 1 {
		s.Pid = max(s.Pid, 0) // runsc has -1 for none
		return s, nil
	}
	p, err := sys.OpenPidfd(s.Pid)
	if sys.IsErrno(err, sys.ESRCH) {
		s.Status, s.Pid = specs.StateStopped, 0
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer func() { _ = p.Close() }()
	gone, err := p.Exited()
	if gone {
		s.Status, s.Pid = specs.StateStopped, 0
	}
	return s, err
}

// killOther does what can be done where kill has been refused for the state of
// the container, with the error refused.
func (r *Runtime) killOther(ctx context.Context, id, sig string, refused error) error {
	s, err := r.State(ctx, id)
	if err != nil {
		return err
	}
	if s.Status == specs.StateStopped {
		return &Error{Runtime: r.Name, Verb: "kill", Status: -1, Err: ErrNotRunning}
	}
	if n, _ := sys.ParseSignal(sig); n != sigKill || s.Status == specs.StateRunning {
		return refused
	}
	p, err := sys.OpenPidfd(s.Pid)
	if err != nil {
		return errors.Join(refused, err)
	}
	defer func() { _ = p.Close() }()
	// The pid is the sandbox's still, or it was when the pidfd was taken.
	again, err := r.State(ctx, id)
	if err != nil || again.Pid != s.Pid {
		return errors.Join(refused, err)
	}
	return p.Signal(sigKill)
}

const sigKill = 9

// Suit takes out of the bundle what the runtime does not know and does not need.
// What is mounted for reading is so with all that is below it in a sandbox, whose
// file system has no mounts of the host: without "rro", which runsc refuses (seen
// with runsc of 2022).
func (b *Bundle) Suit(r *Runtime) {
	if !quirksOf(r.Name).readsAll {
		return
	}
	for i := range b.Spec.Mounts {
		m := &b.Spec.Mounts[i]
		m.Options = slices.DeleteFunc(slices.Clone(m.Options), func(o string) bool { return o == "rro" })
	}
}
