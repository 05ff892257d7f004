package oci

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// TestRunscFlags: what is missing is added, and what the caller says counts.
func TestRunscFlags(t *testing.T) {
	for _, tc := range []struct {
		args string
		want string
	}{
		{"", "--network=host --ignore-cgroups"},
		{"-network=none --platform=ptrace", "--ignore-cgroups"},
		{"--network none --ignore-cgroups", ""},
		{"--ignore-cgroups=false", "--network=host"},
		{"ignore-cgroups --networks=x", "--network=host --ignore-cgroups"},
	} {
		r := &Runtime{Name: "runsc", Args: strings.Fields(tc.args), Rootless: true} // a user lacks controllers everywhere
		if got := strings.Join(runscFlags(r), " "); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.args, got, tc.want)
		}
	}
	if flags := runscFlags(&Runtime{Name: "runsc", Systemd: true, Rootless: true}); len(flags) != 1 {
		t.Errorf("with systemd: %s", flags)
	}
}

// TestState_Dead: runsc tells of a dead sandbox that it is created; the process
// knows better.
func TestState_Dead(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	dead := cmd.Process.Pid
	state := func(pid int) specs.State {
		s, err := fake(t, "runsc", fmt.Sprintf(`echo '{"id":"c","status":"created","pid":%d}'`, pid)).State(t.Context(), "c")
		if err != nil {
			t.Error(err)
		}
		return s
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if s := state(dead); s.Status != specs.StateStopped || s.Pid != 0 {
		t.Errorf("dead: %+v", s)
	}
	if s := state(os.Getpid()); s.Status != specs.StateCreated || s.Pid != os.Getpid() {
		t.Errorf("alive: %+v", s)
	}
	if s := state(-1); s.Pid != 0 {
		t.Errorf("no pid: %+v", s)
	}
}

// TestKill_Created: the sandbox of a container that was not started is killed when
// the runtime refuses; other signals are refused.
func TestKill_Created(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := fake(t, "runsc", fmt.Sprintf(`case "$*" in
*state*) echo '{"id":"c","status":"created","pid":%d}';;
*) echo 'cannot signal container "c" in state created' >&2; exit 128;;
esac`, cmd.Process.Pid))
	if err := r.Kill(t.Context(), "c", "TERM", false); err == nil || errors.Is(err, ErrNotRunning) {
		t.Errorf("TERM: %v", err)
	}
	if err := r.Kill(t.Context(), "c", "SIGKILL", true); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err == nil || err.Error() != "signal: killed" {
		t.Errorf("the sandbox: %v", err)
	}
	if err := r.Kill(t.Context(), "c", "KILL", false); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a dead one: %v", err)
	}
}

// TestDelete_Panic: a runtime that fails when all is done has done it.
func TestDelete_Panic(t *testing.T) {
	r := fake(t, "runsc", `case "$*" in
*state*) echo 'loading container: file does not exist' >&2; exit 128;;
*) echo 'panic: invalid state transition: paused => stopped' >&2; exit 2;;
esac`)
	if err := r.Delete(t.Context(), "c", true); err != nil {
		t.Error(err)
	}
}

// TestSuit takes only what only runsc does not know.
func TestSuit(t *testing.T) {
	options := []string{"rbind", "ro", "rro"}
	for name, want := range map[string]string{"runc": "rbind ro rro", "runsc": "rbind ro"} {
		b := &Bundle{Spec: &specs.Spec{Mounts: []specs.Mount{{Destination: "/x", Options: options}}}}
		b.Suit(&Runtime{Name: name})
		if got := strings.Join(b.Spec.Mounts[0].Options, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if options[2] != "rro" {
		t.Error("the caller's options were changed")
	}
}
