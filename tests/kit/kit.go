// Package kit is what the tests that run unitmon in a box share: running
// programs, asking the manager and the journal, and checking that nothing is
// left behind.
package kit

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/unit"
)

// Patience bounds every wait for an event. It is no expectation: a test that
// reaches it has failed.
const Patience = 120 * time.Second

// Result is how a program ended.
type Result struct {
	Stdout, Stderr string
	Code           int // 128+n: died by signal n
}

// Context is a context that ends with the test, or when it has waited too
// long.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Run runs a program to its end. That it fails is for the caller to judge.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(Context(t), args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return Result{out.String(), errs.String(), exitCode(cmd.ProcessState)}
}

// OK runs a program that must succeed and returns its standard output.
func OK(t testing.TB, args ...string) string {
	t.Helper()
	r := Run(t, args...)
	if r.Code != 0 {
		t.Fatalf("%s: exit code %d\nstdout: %s\nstderr: %s", strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// Unitmon runs unitmon.
func Unitmon(t testing.TB, args ...string) Result {
	t.Helper()
	return Run(t, append([]string{"unitmon"}, args...)...)
}

// Detach starts a detached container, which must succeed, and sees to it that
// nothing of it outlives the test. It returns its ID.
func Detach(t testing.TB, name string, args ...string) string {
	t.Helper()
	t.Cleanup(func() { Purge(t, name) })
	return strings.TrimSpace(OK(t, append([]string{"unitmon", "run", "-d"}, args...)...))
}

// Purge removes a container by force.
func Purge(t testing.TB, name string) {
	t.Helper()
	for _, u := range Units(name) {
		Run(t, "systemctl", "kill", "--signal=KILL", u)
		Run(t, "systemctl", "stop", u)
		Run(t, "systemctl", "reset-failed", u)
	}
}

// Units are the units of a container: its own, its relay's, its socket's.
func Units(name string) []string {
	return []string{"unitmon-" + name + ".service", "unitmon-relay-" + name + ".service", "unitmon-relay-" + name + ".socket"}
}

// Show asks for properties of a unit: "Result=success ExecMainCode=1 …", in
// the order in which they are asked for.
func Show(t testing.TB, name string, props ...string) string {
	t.Helper()
	var list []string
	for _, p := range props {
		list = append(list, p+"="+Property(t, name, p))
	}
	return strings.Join(list, " ")
}

// Property asks for one property of a unit.
func Property(t testing.TB, name, prop string) string {
	t.Helper()
	return strings.TrimSuffix(OK(t, "systemctl", "show", "--value", "-p", prop, name), "\n")
}

// Await waits until the properties of a unit, written as Show writes them, are
// as wanted. What is waited for is the manager's next word about the unit, not
// time.
func Await(t testing.TB, name, want string, props ...string) {
	t.Helper()
	ctx := Context(t)
	m, err := unit.Dial(ctx, unit.System)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	w, err := m.Watch(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	for {
		_, err := w.Next(ctx) // the first returns at once
		if err != nil && !errors.Is(err, unit.ErrNotLoaded) {
			t.Fatalf("waited for %s to be %s: %v; it is %s", name, want, err, Show(t, name, props...))
		}
		if Show(t, name, props...) == want {
			return
		}
	}
}

// Until runs cmd and calls ok at its start and whenever it writes something,
// until ok is satisfied.
func Until(t testing.TB, cmd *exec.Cmd, ok func() bool) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	buf := make([]byte, 64<<10)
	for !ok() {
		if n, err := out.Read(buf); err != nil && n == 0 {
			t.Fatalf("waited %s for an event, in vain (%v)", Patience, err)
		}
	}
}

// Entries returns the journal's entries that match, oldest first.
func Entries(t testing.TB, matches ...string) []journal.Fields {
	t.Helper()
	out := OK(t, append([]string{"journalctl", "--quiet", "--all", "--output=export"}, matches...)...)
	d := journal.NewDecoder(strings.NewReader(out))
	var list []journal.Fields
	for {
		f, err := d.Next()
		if err != nil {
			return list
		}
		list = append(list, f)
	}
}

// Messages returns the messages of the entries that match.
func Messages(t testing.TB, matches ...string) []string {
	t.Helper()
	var list []string
	for _, e := range Entries(t, matches...) {
		list = append(list, e.Get(journal.Message))
	}
	return list
}

// NothingLeft fails the test if something of a container is still there: a
// unit, its directory with FIFOs, socket and runtime state, a control group, a
// process that names it.
func NothingLeft(t testing.TB, name string) {
	t.Helper()
	for _, u := range Units(name) {
		Await(t, u, "LoadState=not-found ActiveState=inactive", "LoadState", "ActiveState")
	}
	for _, path := range []string{"/run/unitmon/" + name, "/run/unitmon/." + name + ".new"} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left (%v)", path, err)
		}
	}
	if found := cgroups(t, "unitmon-"+name+".service"); len(found) > 0 {
		t.Errorf("control groups are left: %s", found)
	}
	for _, p := range Processes(t) {
		for _, arg := range p.Args {
			if arg == name || strings.Contains(arg, "/run/unitmon/"+name+"/") {
				t.Errorf("process %d is left: %s", p.PID, p.Args)
			}
		}
	}
}

// cgroups are the control groups whose last element is name.
func cgroups(t testing.TB, name string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == name {
			found = append(found, path)
		}
		return nil // what vanishes meanwhile is not left
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// LogOnFailure prints, if the test has failed, what the journal has about a
// container's units.
func LogOnFailure(t testing.TB, name string) {
	t.Helper()
	if !t.Failed() {
		return
	}
	args := []string{"journalctl", "--no-pager", "--output=short-monotonic", "--lines=60"}
	for _, u := range Units(name) {
		args = append(args, "-u", u)
	}
	t.Log(Run(t, args...).Stdout)
}
