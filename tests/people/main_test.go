// Package people tests what people get wrong, in a box: one clear line on
// stderr that names the thing, the right exit code, and nothing left behind.
package people

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// slip is a command line with a mistake, and what is said of it.
type slip struct {
	args []string
	want string // is in the line
	code int    // 0 stands for 125
}

// check runs a slip and asserts that the answer is one line, the last and only
// one of unitmon's; before it may stand what the runtime itself said.
func (s slip) check(t *testing.T) {
	t.Helper()
	got := kit.Unitmon(t, s.args...)
	if s.code == 0 {
		s.code = 125
	}
	lines := strings.SplitAfter(strings.TrimSuffix(got.Stderr, "\n"), "\n")
	last := lines[len(lines)-1]
	if got.Code != s.code || got.Stdout != "" || !strings.HasPrefix(last, "unitmon: ") || !strings.Contains(last, s.want) {
		t.Errorf("unitmon %q\ngot  %d %q %.2000q\nwant %d: %q", s.args, got.Code, got.Stdout, got.Stderr, s.code, s.want)
	}
	if len(lines) > 1 || strings.Count("\n"+got.Stderr, "\nunitmon: ") != 1 {
		t.Errorf("unitmon %q: more than one line: %.2000q", s.args, got.Stderr)
	}
}

// run is "unitmon run OPTIONS x -- true".
func run(options ...string) []string {
	return append(append([]string{"run"}, options...), "x", "--", "true")
}

// checkAll checks slips, each in the foreground and detached, and that nothing
// is left of any.
func checkAll(t *testing.T, slips []slip) {
	t.Helper()
	for _, s := range slips {
		s.check(t)
		if s.args[0] == "run" {
			s.args = append([]string{"run", "-d"}, s.args[1:]...)
			s.check(t)
		}
	}
	kit.NothingLeft(t, "x")
	clean(t)
}

// clean asserts that the directory of all containers has only its lock.
func clean(t *testing.T) {
	t.Helper()
	entries, _ := filepath.Glob("/run/unitmon/*")
	hidden, _ := filepath.Glob("/run/unitmon/.[!.]*")
	for _, path := range append(entries, hidden...) {
		if path != "/run/unitmon/.lock" {
			t.Errorf("%s is left", path)
		}
	}
}

// file writes a file below a new directory and returns its path.
func file(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}
