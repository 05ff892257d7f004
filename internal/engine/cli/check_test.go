package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

// check parses a line, which must be right, and checks it. It returns what
// is printed, warnings first.
func check(t *testing.T, line string) (*Options, string) {
	t.Helper()
	o, err := parse(line)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	var said strings.Builder
	if err := o.Check(NewDiag(o, "conmon", &said)); err != nil {
		e := exit(t, err)
		if e.Code != 1 || e.Stdout != "" {
			t.Errorf("%q: %+v", line, e)
		}
		said.WriteString(e.Stderr)
	}
	return o, said.String()
}

// TestCheck_Order: each line lacks what the one before lacked, and fails at
// the next check.
func TestCheck_Order(t *testing.T) {
	t.Chdir(t.TempDir())
	const e = "[conmon:e]: "
	const id = "1234567890123"
	for _, tt := range []struct{ line, want string }{
		{"-c x --log-level NoSuch --restore r -e", e + "No such log level NoSuch"},
		{"-c x --log-level=", e + "No such log level "},
		{"-c x --restore r -e", e + "Cannot use 'exec' and 'restore' at the same time"},
		{"-c x --restore= -e", e + "Cannot use 'exec' and 'restore' at the same time"},
		{"-c x --exec-attach", e + "Attach can only be specified with exec"},
		{"-c x --exec-attach -e", e + "Attach can only be specified for a non-legacy exec session"},
		{"-c x --exec-attach -e --api-version", e + "Container UUID not provided. Use --cuuid"},
		{"-c x", e + "Container UUID not provided. Use --cuuid"},
		{"-c x -e", e + "Runtime path not provided. Use --runtime"},
		{"-c x -u x", e + "Runtime path not provided. Use --runtime"},
		{"-c x -u x -r ", e + "Runtime path  is not valid No such file or directory"},
		{"-c x -u x -r /dev/null", e + "Runtime path /dev/null is not valid Permission denied"},
		{"-c x -e -r /bin/true", e + "Exec process spec path not provided. Use --exec-process-spec"},
		{"-c x -u x -r /bin/true --exit-delay -1", e + "Delay before invoking exit command must be greater than or equal to 0"},
		{"-c x -u x -r /bin/true", e + "Log driver not provided. Use --log-path"},
		{"-c x -u x -r /bin/true -l ", e + "log-path must not be empty"},
		{"-c x -u x -r /bin/true -l k8s-file:/nonexistent/x -l syslog:x", e + "No such log driver syslog"},
		{"-c x -u x -r /bin/true -l k8s-file:/nonexistent/x", e + "Failed to open log file No such file or directory"},
		{"-c x -u x -r /bin/true -l log --log-tag=", e + "k8s-file doesn't support --log-tag"},
		{"-c x -u x -r /bin/true -l log --log-label=", e + "k8s-file doesn't support --log-label"},
		{"-c 123456789012 -u x -r /bin/true -l log -l journald --log-tag x", e + "Container ID must be longer than 12 characters"},
		{"-c " + id + " -u x -r /bin/true -l journald --log-label A=b --log-label =b", e + "Container labels must be in format LABEL=VALUE (no LABEL present in '=b')"},
		{"-c " + id + " -u x -r /bin/true -l journald --log-label A", e + "Container labels must be in format LABEL=VALUE (none or more than one '=' present in 'A')"},
		{"-c " + id + " -u x -r /bin/true -l journald --log-label A=b=c", e + "Container labels must be in format LABEL=VALUE (none or more than one '=' present in 'A=b=c')"},
		{"-c " + id + " -u x -r /bin/true -l journald --log-label A%=b", e + "Container label names must contain only uppercase letters, numbers and underscore (in 'A%=b')"},
		{"-c " + id + " -u x -r /bin/true -l journald --log-label A_9=b --no-container-partial-message", ""},
		{"-c x -u x -r /bin/true -l none --log-label a --log-tag b", ""},
		{"-c x -u x -r /bin -l passthrough --log-label a --log-tag b", ""},
		{"-c x -u x -r /bin/true -l none --no-container-partial-message", "[conmon:w]: --no-container-partial-message has no effect without journald log driver"},
		{"-c x -u x -r /bin/true -l none --no-container-partial-message --log-level error", ""},
		{"-l journald:42 --cid " + id + " --cuuid 42 --runtime /bin/true", ""}, // CRI-O's probe
	} {
		want := tt.want
		if want != "" {
			want += "\n"
		}
		if _, got := check(t, tt.line); got != want {
			t.Errorf("%q:\n got %q\nwant %q", tt.line, got, want)
		}
	}
}

func TestCheck_WorkingDirectory(t *testing.T) {
	real := filepath.Join(t.TempDir(), "real")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	t.Chdir(link) // sets $PWD to the link, which is not to be believed
	o, said := check(t, "-c x -u x -r /bin/true -l none")
	if said != "" || o.Bundle != real || o.ContainerPIDFile != real+"/pidfile-x" {
		t.Errorf("create: %q, %q, %q", o.Bundle, o.ContainerPIDFile, said)
	}
	if o, _ = check(t, "-c x -e --exec-process-spec s -r /bin/true -l none"); o.Bundle != "" || o.ContainerPIDFile != real+"/pidfile-x" {
		t.Errorf("exec: %q, %q", o.Bundle, o.ContainerPIDFile)
	}
	if o, _ = check(t, "-c x -u x -r /bin/true -l none -b /b -p p"); o.Bundle != "/b" || o.ContainerPIDFile != "p" {
		t.Errorf("given: %q, %q", o.Bundle, o.ContainerPIDFile)
	}
	if err := os.Remove(real); err != nil {
		t.Fatal(err)
	}
	const gone = "[conmon:e]: Failed to get working directory\n"
	if _, said := check(t, "-c x -u x -r /bin/true -b /b -p p --exit-delay -1 -l none"); said != gone {
		t.Errorf("directory is gone: %q", said)
	}
}

// TestCheck_Log: the file is made with the mode of conmon's, keeps what it
// has, and is there even when a later check fails. Check may be repeated.
func TestCheck_Log(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	o, said := check(t, "-c x -u x -r /bin/true -l journald -l first -l k8s-file:a:b.log -l none")
	if want := "[conmon:e]: Container ID must be longer than 12 characters\n"; said != want {
		t.Errorf("said %q", said)
	}
	if o.Log != (Log{File: dir + "/a:b.log", Journal: true}) {
		t.Errorf("log %+v", o.Log)
	}
	st, err := os.Stat("a:b.log")
	if err != nil || st.Mode() != 0o640&^umask(t) {
		t.Fatalf("log file: %v, %v", st, err)
	}
	if _, err := os.Stat("first"); err == nil {
		t.Error("of two files the first was made as well")
	}
	if err := os.WriteFile("a:b.log", []byte("kept"), 0); err != nil {
		t.Fatal(err)
	}
	_, said = check(t, "-c 1234567890123 -u x -r /bin/true -l a:b.log -l k8s-file:/"+dir+"/a:b.log")
	if want := "[conmon:e]: No such log driver a\n"; said != want {
		t.Errorf("said %q", said)
	}
	o, said = check(t, "-c x -u x -r /bin/true -l k8s-file:a:b.log")
	if err := o.Check(nil); err != nil || said != "" || o.Log.File != dir+"/a:b.log" {
		t.Errorf("again: %+v, %q, %v", o.Log, said, err)
	}
	if data, _ := os.ReadFile("a:b.log"); string(data) != "kept" {
		t.Errorf("the file has %q", data)
	}
}

// umask returns the process's.
func umask(t *testing.T) os.FileMode {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "f"), os.O_CREATE|os.O_WRONLY, 0o777)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return 0o777 &^ st.Mode()
}

func TestCheck_Allowlist(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, d := range []string{"in", "in/deep", "inner", "out"} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"also": "in", "in/escape": "../out", "in/hole": dir + "/out/new", "in/fine": "deep/log"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("in/deep/log", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const failed = "[conmon:e]: Failed to open log file No such file or directory\n"
	for path, want := range map[string]string{
		"in/log":        "in/log",
		"also/deep/log": "in/deep/log",
		"in/fine":       "in/deep/log",
		"in/../in/x":    "in/x",
		"out/log":       "",
		"inner/log":     "",
		"in/../log":     "",
		"in/escape/log": "",
		"in/hole":       failed,
		"in/none/log":   failed,
	} {
		o, said := check(t, "-c x -u x -r /bin/true --log-allowlist-dir /nonexistent --log-allowlist-dir also -l "+path)
		switch want {
		case "":
			want = "[conmon:e]: Log file " + dir + "/" + path + " is not in a directory of --log-allowlist-dir\n"
			fallthrough
		case failed:
			if _, err := os.Stat("out/log"); err == nil || said != want {
				t.Errorf("%s: %q, %v", path, said, err)
			}
		default:
			if said != "" || o.Log.File != dir+"/"+want {
				t.Errorf("%s: %q, %q", path, o.Log.File, said)
			}
		}
	}
	if _, said := check(t, "-c x -u x -r /bin/true --log-allowlist-dir / -l out/log"); said != "" {
		t.Errorf("everything is allowed: %q", said)
	}
}

// TestStrerror has the texts of glibc's that differ from Go's in more than
// their first letter, if any did.
func TestStrerror(t *testing.T) {
	for err, want := range map[error]string{
		sys.ENOENT: "No such file or directory",
		sys.EPERM:  "Operation not permitted", sys.EPIPE: "Broken pipe", sys.Errno(0): "Success",
		&os.PathError{Op: "open", Path: "p", Err: sys.ENOBUFS}: "No buffer space available",
		os.ErrClosed: "file already closed",
	} {
		if got := Strerror(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}
