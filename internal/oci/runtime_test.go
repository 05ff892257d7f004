package oci

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// fake makes a runtime of a shell script, which finds its arguments, one a
// line, in $ARGV.
func fake(t *testing.T, name, script string) *Runtime {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, name)
	text := fmt.Sprintf("#!/bin/sh\nARGV=%s/argv\nfor a; do echo \"$a\"; done >$ARGV\n%s\n", dir, script)
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return &Runtime{Path: path, Name: name, Root: "/r"}
}

func argvOf(t *testing.T, r *Runtime) string {
	t.Helper()
	data := readTest(t, filepath.Join(filepath.Dir(r.Path), "argv"))
	return strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", " ")
}

func TestRuntime_Argv(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	r := fake(t, "runc", `case "$*" in *state*) echo '{"id":"c"}';; esac`)
	r.Args, r.Systemd = []string{"--x=1"}, true
	for _, tc := range []struct {
		call func() error
		want string
	}{
		{
			func() error { return r.Create(ctx, "c", dir, "/p", [3]*os.File{}) },
			"--log " + dir + "/create.log --log-format json create --bundle " + dir + " --pid-file /p c",
		},
		{func() error { return r.Start(ctx, "c") }, "start c"},
		{func() error { _, err := r.State(ctx, "c"); return err }, "state c"},
		{func() error { return r.Kill(ctx, "c", "TERM", false) }, "kill c TERM"},
		{func() error { return r.Kill(ctx, "c", "9", true) }, "kill --all c 9"},
		{func() error { return r.Delete(ctx, "c", false) }, "delete c"},
		{func() error { return r.Delete(ctx, "c", true) }, "delete --force c"},
	} {
		if err := tc.call(); err != nil {
			t.Errorf("%s: %v", tc.want, err)
		}
		if got, want := argvOf(t, r), "--root /r --systemd-cgroup --x=1 "+tc.want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestRuntime_State(t *testing.T) {
	r := fake(t, "runc", `echo '{"ociVersion":"1.0.2","id":"c","status":"running","pid":7,"bundle":"/b","owner":""}'`)
	got, err := r.State(t.Context(), "c")
	want := specs.State{Version: "1.0.2", ID: "c", Status: specs.StateRunning, Pid: 7, Bundle: "/b"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := fake(t, "runc", "echo no").State(t.Context(), "c"); err == nil {
		t.Error("words were taken for a state")
	}
}

func TestRuntime_BadArguments(t *testing.T) {
	ctx, r := t.Context(), &Runtime{Path: "/nonexistent", Name: "runc"}
	for err, want := range map[error]string{
		r.Start(ctx, ""):                                                `container id "": not a name`,
		r.Start(ctx, "--all"):                                           `container id "--all": not a name`,
		r.Delete(ctx, "a/b", true):                                      `container id "a/b": has '/' in it`,
		r.Kill(ctx, "c", "", false):                                     `kill c: "" is not a signal`,
		r.Create(ctx, "c", "b", "/p", [3]*os.File{}):                    `create c: "b" is not an absolute path`,
		terminalError(r.CreateTerminal(ctx, "c", "/b", "/p", "s", nil)): `console socket "s" is not an absolute path`,
		terminalError(r.CreateTerminal(ctx, "c", "/b", "/p", "/"+strings.Repeat("s", 107), nil)): `socket address "/` + strings.Repeat("s", 107) + `": file name too long`,
		terminalError(r.CreateTerminal(ctx, "c", "/b", "/p", "/nonexistent/s", nil)):             `console socket /nonexistent/s: bind: no such file or directory`,
		r.Start(ctx, "c"): `runc start: fork/exec /nonexistent: no such file or directory`,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestRuntime_Environment asserts that nothing of the manager's reaches the
// runtime.
func TestRuntime_Environment(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "/n")
	t.Setenv("LISTEN_FDS", "1")
	t.Setenv("KEPT", "yes")
	r := fake(t, "runc", `[ -z "$NOTIFY_SOCKET$LISTEN_FDS" ] && [ $KEPT = yes ]`)
	if err := r.Start(t.Context(), "c"); err != nil {
		t.Error(err)
	}
}

func TestEnviron(t *testing.T) {
	in := []string{
		"A=1", "NOTIFY_SOCKET=/x", "WATCHDOG_USEC=1", "WATCHDOG_PID=1", "LISTEN_FDS=1", "LISTEN_PID=1",
		"LISTEN_FDNAMES=a", "LISTEN_PIDFDID=1", "GOMAXPROCS=1", "NOTIFY_SOCKETS=kept",
	}
	if diff := cmp.Diff([]string{"A=1", "NOTIFY_SOCKETS=kept"}, Environ(in)); diff != "" {
		t.Error(diff)
	}
	if in[1] != "NOTIFY_SOCKET=/x" {
		t.Error("the argument was changed")
	}
}

// TestRuntime_Stdio asserts that the container gets the very files, and that
// the error comes from the log, of which nothing stays.
func TestRuntime_Stdio(t *testing.T) {
	dir := t.TempDir()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	r := fake(t, "runc", `echo container; echo noise >&2
while [ "$1" != --log ]; do shift; done
echo '{"level":"warning","msg":"not this"}' >"$2"; echo '{"level":"error","msg":"runc create failed: this"}' >>"$2"
exit 3`)
	err = r.Create(t.Context(), "c", dir, "/p", [3]*os.File{nil, out, nil})
	if want := "runc create: this"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	var e *Error
	var exit *exec.ExitError
	if !errors.As(err, &e) || e.Status != 3 || !errors.As(err, &exit) {
		t.Errorf("error %+v", e)
	}
	if got := string(readTest(t, out.Name())); got != "container\n" {
		t.Errorf("stdout is %q", got)
	}
	if list, _ := os.ReadDir(dir); len(list) != 0 {
		t.Errorf("left in the bundle: %v", list)
	}
}

// TestRuntime_Flood asserts that a runtime that prints without end neither
// hangs nor fills the memory, and that its last word counts.
func TestRuntime_Flood(t *testing.T) {
	r := fake(t, "runc", `head -c 1048576 /dev/zero | tr '\0' x >&2; echo >&2; echo last >&2; exit 1`)
	err := r.Start(t.Context(), "c")
	if want := "runc start: last"; err == nil || err.Error() != want {
		t.Errorf("got %.100v, want %s", err, want)
	}
	r = fake(t, "runc", `head -c 1048576 /dev/zero | tr '\0' x >&2; exit 1`)
	var e *Error
	if err := r.Start(t.Context(), "c"); !errors.As(err, &e) || len(e.Message) != messageMax {
		t.Errorf("message of %d bytes", len(e.Message))
	}
}

func TestDelete_ForceOfUnknown(t *testing.T) {
	r := fake(t, "runsc", `echo 'loading container: file does not exist' >&2; exit 128`)
	if err := r.Delete(t.Context(), "c", true); err != nil {
		t.Error(err)
	}
	if err := r.Delete(t.Context(), "c", false); !errors.Is(err, ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestRuntime_Killed(t *testing.T) {
	err := fake(t, "crun", `kill -9 $$`).Start(t.Context(), "c")
	var e *Error
	if !errors.As(err, &e) || e.Status != -1 || err.Error() != "crun start: signal: killed" {
		t.Errorf("got %v", err)
	}
}
