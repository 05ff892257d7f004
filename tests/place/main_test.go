// Package place tests internal/engine/place with real managers, in a box.
package place

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

// monitorVerb makes this program behave like a monitor that looks for its
// place.
const monitorVerb = "monitor"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == monitorVerb {
		os.Exit(monitor(os.Args[2], os.Args[3:]))
	}
	if len(os.Args) > 1 && os.Args[1] == kit.FollowVerb {
		os.Exit(kit.Follow())
	}
	box.Main(m, box.Options{User: "alice"})
}

// word is what a monitor says of itself, one line of JSON each.
type word struct {
	Before, After place.Place
	Decision      place.Decision
	Facts         place.Facts
	User          bool   // its manager is the user's own
	Err           string // of Register or Describe
}

// monitor does what a monitor does: it looks where it is, decides, registers if
// that is the decision, and describes what is its own. It ends with its input.
// Options: "private" leaves the bus out, "dead" makes that a path where nobody
// is, "force" registers whatever the decision is.
func monitor(id string, options []string) int {
	m := place.ManagerOf(os.Getenv)
	switch {
	case slices.Contains(options, "private"):
		m.Bus = ""
	case slices.Contains(options, "dead"):
		m.Bus += ".none"
	}
	w := word{User: m.User, Facts: place.Look(id, m, false)}
	var err error
	if w.Before, err = place.Find(0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	w.Decision = place.Decide(place.Auto, w.Before, w.Facts)
	s := place.Status{Name: "web", ID: id}
	scope := w.Decision.Describe
	if w.Decision.Kind == place.Scope || slices.Contains(options, "force") {
		err = m.Register(place.Registration{ID: id, Description: s.String()})
		if err == nil {
			scope, err = place.ScopeName(id)
		}
	}
	if err == nil && scope != "" && slices.Contains(options, "describe") {
		s.State, s.PID, s.LogDriver = "running", 77, "journald"
		err = describe(m, scope, s)
	}
	if err != nil {
		w.Err = err.Error()
	}
	if w.After, err = place.Find(os.Getpid()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(w); err != nil {
		return 1
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

func describe(m place.Manager, scope string, s place.Status) error {
	r, err := m.Describe(scope, s.String())
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return r.Wait(place.Patience)
}

// running is a monitor that has found its place.
type running struct {
	word
	cmd   *exec.Cmd
	stdin io.Closer
}

// start runs a monitor by way of a command line that ends with its own, and
// returns when it has said where it is.
func start(t *testing.T, line []string, id string, options ...string) *running {
	t.Helper()
	r, err := launch(t, line, id, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.end)
	return r
}

// launch is start that returns an error, for other goroutines than the test's.
func launch(t *testing.T, line []string, id string, options ...string) (*running, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	// The race detector waits a second at the end of a process, for nothing here.
	line = append(append(slices.Clone(line), "env", "GORACE=atexit_sleep_ms=0", exe, monitorVerb, id), options...)
	cmd := exec.CommandContext(kit.Context(t), line[0], line[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &running{cmd: cmd, stdin: in}
	text, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &r.word)
	}
	if err != nil {
		r.end()
		return nil, fmt.Errorf("%q said %q: %w", line, text, err)
	}
	return r, nil
}

// end ends the monitor and waits for that.
func (r *running) end() {
	_ = r.stdin.Close()
	_ = r.cmd.Wait()
}

// nothingLeft waits until a scope is gone, and asserts that no file and no
// control group of it is left.
func nothingLeft(t *testing.T, scope string) {
	t.Helper()
	kit.Await(t, scope, "LoadState=not-found ActiveState=inactive", "LoadState", "ActiveState")
	noFiles(t, "/run/systemd/transient", scope)
	noFiles(t, "/run/systemd/system.control", scope)
}

func noFiles(t *testing.T, dir, scope string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, scope) + "*")
	if err != nil || len(found) > 0 {
		t.Errorf("left: %q (%v)", found, err)
	}
}

// id is a container's ID that begins with a test's own word.
func id(word string) string { return word + strings.Repeat("0", 64-len(word)) }
