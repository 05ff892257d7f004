package rig

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Trace is what was observed, line by line, without what differs from run to
// run: the directory is $D, the container's pid PID.
type Trace []string

// Add adds a line.
func (tr *Trace) Add(format string, args ...any) { *tr = append(*tr, fmt.Sprintf(format, args...)) }

// Plain takes out of a text what differs from run to run.
func (r *Run) Plain(text string) string {
	text = strings.ReplaceAll(text, r.Dir, "$D")
	text = strings.ReplaceAll(text, strings.ReplaceAll(r.Dir, "/", `\/`), "$D") // in JSON
	text = strings.ReplaceAll(text, r.m.Tool, "$TOOL")
	text = strings.ReplaceAll(text, ID, "$ID")
	if pid := r.Read("pid"); pid != "none" && pid != "-1" {
		text = strings.ReplaceAll(text, ": "+pid+"}", ": PID}")
	}
	return text
}

// Life waits for the end and traces what every life has: the messages, the
// exit in all the places where it is, the log, the exit command.
func (r *Run) Life() Trace {
	r.t.Helper()
	var tr Trace
	code := r.End()
	if left := r.Left(); len(left) > 0 {
		r.t.Errorf("%s: processes are left: %q", r.m.Name, left)
	}
	tr.Add("monitor: %d", code)
	for _, text := range r.Sync.All() {
		tr.Add("sync: %q", r.Plain(text))
	}
	tr.Add("exit file: %s, persist: %s", r.file("exits/"+ID), r.file("persist/exit"))
	for _, rec := range r.Joined("log") {
		tr.Add("log: %q", rec)
	}
	tr.Add("exit command: %s", r.Called())
	return tr
}

// file is a file's content and mode.
func (r *Run) file(name string) string {
	info, err := os.Stat(r.Path(name))
	if err != nil {
		return "none"
	}
	return fmt.Sprintf("%q %o", r.Read(name), info.Mode().Perm())
}

// Called is how the exit command was called, and what was there.
func (r *Run) Called() string {
	rec, ok := r.Seen("exit-command")
	if !ok {
		return "none"
	}
	var found []string
	for _, path := range rec.Found {
		found = append(found, r.Plain(path))
	}
	return fmt.Sprintf("%s in %s, there were %q", r.Plain(fmt.Sprintf("%q", rec.Args[2:])), r.Plain(rec.Dir), found)
}

// Mode is a file's mode and name.
func (r *Run) Mode(name string) string {
	r.t.Helper()
	info, err := os.Lstat(r.Path(name))
	must(r.t, err)
	return info.Mode().String() + " " + name
}

// Argv is how the runtime was called. The console socket's path is cut where
// its name begins to differ from run to run.
func (r *Run) Argv() string {
	r.t.Helper()
	rec, ok := r.Seen("runtime")
	if !ok {
		return "none"
	}
	text := r.Plain(strings.Join(rec.Args, " "))
	if i := strings.Index(text, "--console-socket "); i >= 0 {
		dir, rest, _ := strings.Cut(text[i:], "/conmon-term.")
		_, rest, _ = strings.Cut(rest, " ")
		text = text[:i] + dir + "/conmon-term.X " + rest
	}
	return text
}

// Tree lists a directory of the run: mode and name.
func (r *Run) Tree(name string) []string {
	r.t.Helper()
	entries, err := os.ReadDir(r.Path(name))
	must(r.t, err)
	var list []string
	for _, e := range entries {
		info, err := e.Info()
		must(r.t, err)
		line := info.Mode().String() + " " + r.Plain(filepath.Join(name, e.Name()))
		if info.Mode()&fs.ModeSymlink != 0 {
			to, _ := os.Readlink(r.Path(filepath.Join(name, e.Name())))
			line += " -> " + r.Plain(to)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

// Status is the field of a process in proc_pid_status(5).
func Status(pid int, field string) string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "none"
}
