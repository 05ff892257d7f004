package podman

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/unitmon/unitmon/tests/kit"
)

// The lines that unlike and alike leave in a script's log.
const (
	unlikeMark = "--- here the monitors may differ"
	alikeMark  = "--- here they may not"
)

// commands are what scripts have beside testscript's own:
//
//	exits CODE PROGRAM…        runs a program that must end with a code; 128+n: by signal n
//	let VAR PROGRAM…           sets a variable to what a program writes
//	fifo NAME…                 makes FIFOs that everybody may use
//	await FIFO                 takes a line that the container writes to a FIFO
//	unit-file NAME FILE        installs FILE as a unit for the store's manager, with $VARIABLES replaced
//	unit NAME PROPERTY=VALUE…  waits until the unit's properties are as wanted
//	gone NAME                  waits until the manager has forgotten the unit
//	ended PID                  waits for the end of a process
//	purge                      deletes what the runtime still knows of the store's containers
//	unlike, alike              what is between may differ from monitor to monitor
func commands(t *testing.T, s *store) map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits,
		"fifo":  fifo,
		"let":   let,
		"await": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, len(args) == 1, "await FIFO")
			ts.Check(ts.Exec("timeout", fmt.Sprint(kit.Patience.Seconds()), "head", "-n", "1", args[0]))
		},
		"unit-file": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, len(args) == 2, "unit-file NAME FILE")
			s.install(t, args[0], os.Expand(ts.ReadFile(args[1]), ts.Getenv))
		},
		"unit": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, len(args) > 1, "unit NAME PROPERTY=VALUE...")
			s.awaitUnit(t, args[0], args[1:]...)
		},
		"gone": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, len(args) == 1, "gone NAME")
			s.awaitUnit(t, args[0], "LoadState=not-found")
		},
		"ended": func(ts *testscript.TestScript, _ bool, args []string) {
			need(ts, len(args) == 1, "ended PID")
			pid, err := strconv.Atoi(args[0])
			ts.Check(err)
			awaitEnd(t, kit.Process{PID: pid})
		},
		"purge": func(ts *testscript.TestScript, _ bool, _ []string) {
			for _, file := range s.states(t) {
				ts.Check(os.RemoveAll(filepath.Dir(file)))
			}
		},
		"unlike": func(ts *testscript.TestScript, _ bool, _ []string) { ts.Logf(unlikeMark) },
		"alike":  func(ts *testscript.TestScript, _ bool, _ []string) { ts.Logf(alikeMark) },
	}
}

func need(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// exits CODE PROGRAM [ARGUMENT]...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, len(args) > 1, "exits CODE PROGRAM...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exitCode(exit)
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), code, want)
	}
}

// let VAR PROGRAM [ARGUMENT]...
func let(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, len(args) > 1, "let VAR PROGRAM...")
	ts.Check(ts.Exec(args[1], args[2:]...))
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// fifo NAME...
func fifo(ts *testscript.TestScript, _ bool, args []string) {
	need(ts, len(args) > 0, "fifo NAME...")
	for _, name := range args {
		ts.Check(syscall.Mkfifo(ts.MkAbs(name), 0o666))
		ts.Check(os.Chmod(ts.MkAbs(name), 0o666)) // whatever the umask is
	}
}

// exitCode is a shell's view of an exit.
func exitCode(e *exec.ExitError) int {
	if ws, ok := e.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return e.ExitCode()
}

// condition is true for [debian] with Debian's monitor, [unitmon] with ours,
// and [root] for a podman of root.
func (s *store) condition(name string) (bool, error) {
	switch name {
	case "debian", "unitmon":
		return (s.mon.path == monitors()[0].path) == (name == "debian"), nil
	case "root":
		return s.user == nil, nil
	}
	return false, errors.New("no such condition: " + name)
}

// install gives the store's manager a unit file, until the end of the test.
func (s *store) install(t testing.TB, name, text string) {
	t.Helper()
	dir := "/run/systemd/system"
	if s.user != nil {
		dir = filepath.Join(s.user.RuntimeDir(), "systemd/user.control")
		s.user.OK(t, "mkdir", "-p", dir)
	}
	path := filepath.Join(dir, name)
	must(t, os.WriteFile(path, []byte(text), 0o644))
	s.systemctl(t, "daemon-reload")
	t.Cleanup(func() {
		s.systemctl(t, "stop", name)
		s.systemctl(t, "reset-failed", name)
		must(t, os.Remove(path))
		s.systemctl(t, "daemon-reload")
	})
}

// systemctl asks the manager that the store's containers are under. That it
// refuses is for the caller to see.
func (s *store) systemctl(t testing.TB, args ...string) kit.Result {
	t.Helper()
	if s.user != nil {
		return s.user.Run(t, append([]string{"systemctl", "--user"}, args...)...)
	}
	return kit.Run(t, append([]string{"systemctl"}, args...)...)
}

// awaitUnit waits until a unit's properties are as wanted: "Result=success".
func (s *store) awaitUnit(t testing.TB, name string, want ...string) {
	t.Helper()
	var props []string
	for _, w := range want {
		p, _, _ := strings.Cut(w, "=")
		props = append(props, p)
	}
	if s.user != nil {
		s.user.Await(t, name, strings.Join(want, " "), props...)
		return
	}
	kit.Await(t, name, strings.Join(want, " "), props...)
}
