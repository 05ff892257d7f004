package oci

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// TestVerbs_Argv is the command line of each verb, for runc and for runsc.
func TestVerbs_Argv(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	pid := filepath.Join(dir, "pid")
	answers := `case "$*" in
*events*) echo '{"type":"stats"}';; *\ ps\ *|*list*) echo '[]';; *features*) echo '{}';; *exec*) echo 7 >` + pid + `;;
*state*) echo '{"id":"c","status":"stopped"}';; esac`
	exec := ExecOptions{Process: &specs.Process{Args: []string{"true"}, Cwd: "/"}, PIDFile: pid, InternalPIDFile: "/i"}
	tty := exec
	tty.Process, tty.Console, tty.Detach = &specs.Process{Args: []string{"sh"}, Terminal: true}, "/c", true
	execLog := "--log " + pid + ".log --log-format json exec --process " + pid + ".json --pid-file " + pid
	image := CheckpointOptions{ImagePath: dir, WorkPath: "/w"}
	restore := RestoreOptions{Bundle: "/b", ImagePath: dir, PIDFile: pid, Console: "/c"}
	for _, tc := range []struct {
		call        func(r *Runtime) error
		runc, runsc string // empty: the same
	}{
		{func(r *Runtime) error { return r.Pause(ctx, "c") }, "pause c", ""},
		{func(r *Runtime) error { return r.Resume(ctx, "c") }, "resume c", ""},
		{func(r *Runtime) error { return r.Update(ctx, "c", specs.LinuxResources{}) }, "update --resources - c", ""},
		{func(r *Runtime) error { _, err := r.Processes(ctx, "c"); return err }, "ps --format json c", ""},
		{func(r *Runtime) error { _, err := r.Stats(ctx, "c"); return err }, "events --stats c", ""},
		{func(r *Runtime) error { _, err := r.List(ctx); return err }, "list --format json", ""},
		{func(r *Runtime) error { _, err := r.Features(ctx); return err }, "features", ""},
		{
			func(r *Runtime) error { _, err := r.Exec(ctx, "c", exec); return err },
			execLog + " c", execLog + " --internal-pid-file /i c",
		},
		{
			func(r *Runtime) error { _, err := r.Exec(ctx, "c", tty); return err },
			execLog + " --console-socket /c --detach c", execLog + " --internal-pid-file /i --console-socket /c --detach c",
		},
		{
			func(r *Runtime) error { return r.Checkpoint(ctx, "c", image) },
			"checkpoint --image-path " + dir + " --work-path /w c", "state c", // which comes after it
		},
		{
			func(r *Runtime) error { return r.Restore(ctx, "c", restore) },
			"--log " + pid + ".log --log-format json restore --image-path " + dir + " --bundle /b --pid-file " + pid +
				" --detach --console-socket /c c", "",
		},
	} {
		for name, want := range map[string]string{"runc": tc.runc, "runsc": tc.runsc} {
			if want == "" {
				want = tc.runc
			}
			r := fake(t, name, answers)
			r.Args = []string{"--network=none", "--ignore-cgroups"}
			if err := tc.call(r); err != nil {
				t.Errorf("%s %s: %v", name, want, err)
			}
			if got, want := argvOf(t, r), "--root /r --network=none --ignore-cgroups "+want; got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
			}
		}
	}
	if list, _ := filepath.Glob(pid + ".*"); len(list) != 0 {
		t.Errorf("left behind: %v", list)
	}
}

func TestUpdate_Stdin(t *testing.T) {
	r := fake(t, "runc", `cat >"$ARGV.in"`)
	limit := int64(50)
	if err := r.Update(t.Context(), "c", specs.LinuxResources{Pids: &specs.LinuxPids{Limit: &limit}}); err != nil {
		t.Fatal(err)
	}
	if got := string(readTest(t, filepath.Join(filepath.Dir(r.Path), "argv.in"))); got != `{"pids":{"limit":50}}` {
		t.Error(got)
	}
}

// TestVerbs_Unsupported: what a runtime does not know is one error, in whatever
// words it says so. Each was seen.
func TestVerbs_Unsupported(t *testing.T) {
	for name, r := range map[string]*Runtime{
		"runc": fake(t, "runc", `echo 'No help topic for '"'update'" >&2; exit 3`),
		"crun": fake(t, "crun", `echo unknown command update >&2; exit 1`),
		"runsc": fake(t, "runsc", `echo 'Usage: runsc <flags> <subcommand> <subcommand args>

Use "runsc flags" for a list of top-level flags' >&2; exit 128`),
	} {
		if err := r.Update(t.Context(), "c", specs.LinuxResources{}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := fake(t, "crun", "exit 1")
	if _, err := r.Stats(t.Context(), "c"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("crun has no stats: %v", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(r.Path), "argv")); err == nil {
		t.Error("crun was asked for them")
	}
	old := fake(t, "runsc", "echo runsc version 0.0~20221219.0")
	image := CheckpointOptions{ImagePath: t.TempDir(), LeaveRunning: true}
	if err := old.Checkpoint(t.Context(), "c", image); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("runsc of 2022 left the container running: %v", err)
	}
}

func TestVerbs_BadArguments(t *testing.T) {
	ctx, r := t.Context(), &Runtime{Path: "/nonexistent", Name: "runsc"}
	one := &specs.Process{Args: []string{"true"}}
	exec := func(o ExecOptions) error { _, err := r.Exec(ctx, "c", o); return err }
	for err, want := range map[error]string{
		exec(ExecOptions{}):                                                   "exec in c: no command",
		exec(ExecOptions{Process: one}):                                       `exec in c: pid file "" is not an absolute path`,
		exec(ExecOptions{Process: one, PIDFile: "/p", Console: "/c"}):         "exec in c: a terminal and a console socket go together",
		exec(ExecOptions{Process: one, PIDFile: "/p", Files: []*os.File{{}}}): "exec in c: runsc cannot hand descriptors over: unsupported operation",
		r.Checkpoint(ctx, "c", CheckpointOptions{}):                           "checkpoint c: no directory for the image",
		r.Checkpoint(ctx, "c", CheckpointOptions{ImagePath: "x"}):             `checkpoint c: "x" is not an absolute path`,
		r.Restore(ctx, "c", RestoreOptions{ImagePath: "/x", Bundle: "b"}):     `restore c: "b" is not an absolute path`,
		r.KillProcess(ctx, "c", 1, "NO"):                                      `kill 1 in c: "NO" is not a signal, or that not a process`,
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestExec_Code: a code is the command's only if the runtime has started it.
func TestExec_Code(t *testing.T) {
	dir := t.TempDir()
	o := ExecOptions{Process: &specs.Process{Args: []string{"true"}}, PIDFile: filepath.Join(dir, "pid")}
	for script, want := range map[string]string{
		"echo 7 >$PID; exit 5":     "5, <nil>",
		"echo 7 >$PID":             "0, <nil>",
		"exit 5":                   "0, runc exec: exit status 5",
		"exit 0":                   "0, runc exec: pid file " + dir + "/pid: no such file or directory",
		"echo 7 >$PID; kill -9 $$": "0, runc exec: signal: killed",
		`echo bad >$PID; exit 1`:   "0, runc exec: exit status 1",
	} {
		if err := os.WriteFile(o.PIDFile, []byte("1"), 0o600); err != nil { // of an earlier time
			t.Fatal(err)
		}
		r := fake(t, "runc", "PID="+o.PIDFile+"; "+script)
		code, err := r.Exec(t.Context(), "c", o)
		text := "<nil>"
		if err != nil {
			text = err.Error()
		}
		if got := strings.Join([]string{strconv.Itoa(code), text}, ", "); got != want {
			t.Errorf("%s: got %s, want %s", script, got, want)
		}
	}
}

// TestExec_Files: they arrive as 3, 4, …, and the process's file has what is asked.
func TestExec_Files(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.WriteFile(in, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	o := ExecOptions{
		Process: &specs.Process{Args: []string{"true"}, Cwd: "/x"}, PIDFile: filepath.Join(dir, "pid"), Files: []*os.File{f},
	}
	r := fake(t, "runc", `cat <&3 >"$ARGV.in"; cp `+o.PIDFile+`.json "$ARGV.json"; echo 7 >`+o.PIDFile)
	if _, err := r.Exec(t.Context(), "c", o); err != nil {
		t.Fatal(err)
	}
	if argv := argvOf(t, r); !strings.HasSuffix(argv, " --preserve-fds 1 c") {
		t.Error(argv)
	}
	base := filepath.Join(filepath.Dir(r.Path), "argv")
	if got := string(readTest(t, base+".in")); got != "content" {
		t.Errorf("descriptor 3 has %q", got)
	}
	if got := string(readTest(t, base+".json")); got != `{"user":{"uid":0,"gid":0},"args":["true"],"cwd":"/x"}` {
		t.Error(got)
	}
}

// TestList_Order: the containers by id, and a runtime that answers null has none.
func TestList_Order(t *testing.T) {
	r := fake(t, "runc", `echo '[{"id":"b","status":"running","pid":3},{"id":"a","status":"created"}]'`)
	got, err := r.List(t.Context())
	want := []specs.State{{ID: "a", Status: "created"}, {ID: "b", Status: "running", Pid: 3}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err := fake(t, "runsc", "echo null").List(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := fake(t, "runc", "head -c 5000000 /dev/zero").List(t.Context()); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("an endless answer: %v", err)
	}
}
