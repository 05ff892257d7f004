package rig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/plan"
)

// ID is the container's; conmon wants more than 12 characters for journald.
const ID = "c0ffee00d15ea5e5c0ffee00d15ea5e5c0ffee00d15ea5e5c0ffee00d15ea5e5"

// Setup is what an engine asks of a monitor. The zero value is a container
// without stdin and terminal whose log is a k8s-file, by version 1 of the
// interface.
type Setup struct {
	// Plan is the runtime's.
	Plan plan.Plan
	// Options are added to those that every engine gives; $D is the Run's
	// directory.
	Options []string
	// Log replaces the standard value of --log-path; "-" is no such option.
	Log string
	// Env is added to the environment.
	Env []string
	// API0 leaves --api-version away, as CRI-O does.
	API0 bool
	// Exec asks for an exec session, ExecAttach for one that waits for its
	// client.
	Exec, ExecAttach bool
	// Sync is --sync.
	Sync bool
	// Files are inherited after the pipes, from descriptor 6 on.
	Files []*os.File
	// Before is called with the directory before the monitor starts.
	Before func(dir string)
	// Late are more options, asked for after Before.
	Late func() []string
	// ExitDir replaces the exit directory.
	ExitDir string
	// Without are standard options to leave away, with their value.
	Without []string
}

// Shell is a plan whose container is a shell script. Its $D is the Run's
// directory, its $TOOL the fake runtime.
func Shell(script string) plan.Plan {
	return plan.Plan{Payload: []string{"/bin/sh", "-c", script}}
}

// args are the options that podman gives, in its order.
func (s Setup) args(m Monitor, d string) []string {
	log := s.Log
	if log == "" {
		log = "k8s-file:" + filepath.Join(d, "log")
	}
	exits := s.ExitDir
	if exits == "" {
		exits = filepath.Join(d, "exits")
	}
	var args []string
	add := func(list ...string) {
		for _, w := range s.Without {
			if list[0] == w {
				return
			}
		}
		args = append(args, list...)
	}
	if !s.API0 {
		args = append(args, "--api-version", "1")
	}
	add("-c", ID)
	add("-u", ID)
	add("-r", m.Tool)
	add("-b", filepath.Join(d, "bundle"))
	add("-p", filepath.Join(d, "pid"))
	add("-n", "web")
	add("--exit-dir", exits)
	add("--persist-dir", filepath.Join(d, "persist"))
	add("--full-attach")
	if log != "-" {
		add("-l", log)
	}
	if s.Sync {
		add("--sync")
	} else {
		add("--conmon-pidfile", filepath.Join(d, "conmon.pid"))
	}
	if s.Exec {
		add("-e", "--exec-process-spec", filepath.Join(d, "process.json"))
	}
	if s.ExecAttach {
		add("--exec-attach")
	}
	add("--exit-command", m.Tool, "--exit-command-arg", plan.ExitVerb, "--exit-command-arg", "", "--exit-command-arg", ID)
	for _, o := range s.Options {
		args = append(args, strings.ReplaceAll(o, "$D", d))
	}
	if s.Late != nil {
		args = append(args, s.Late()...)
	}
	return args
}

// pipe is the variable of the third pipe, and what the scene adds.
func (s Setup) pipe() []string {
	if s.ExecAttach {
		return append([]string{"_OCI_ATTACHPIPE=5"}, s.Env...)
	}
	return s.Env
}

// makeDir makes the directory of a run.
func (s Setup) makeDir(t testing.TB, m Monitor) string {
	t.Helper()
	d, err := os.MkdirTemp("", "m")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(d) })
	for _, sub := range []string{"exits", "persist", "watch", "sockets", "tmp"} {
		must(t, os.Mkdir(filepath.Join(d, sub), 0o755))
	}
	must(t, os.MkdirAll(filepath.Join(d, "bundle"), 0o755))
	p := s.Plan
	for i, arg := range p.Payload {
		p.Payload[i] = strings.NewReplacer("$D", d, "$TOOL", m.Tool).Replace(arg)
	}
	for _, path := range []*string{&p.Gate, &p.Linger} {
		*path = strings.ReplaceAll(*path, "$D", d)
	}
	p.Record, p.ExitRecord = filepath.Join(d, "watch", "runtime"), filepath.Join(d, "watch", "exit-command")
	p.ExitWatch = []string{
		filepath.Join(d, "exits", ID), filepath.Join(d, "persist", "exit"), filepath.Join(d, "sockets", ID),
	}
	must(t, plan.Write(filepath.Join(d, "watch", "plan"), p))
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
