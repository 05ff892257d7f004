package podman

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestScripts plays testdata/*.txtar with each monitor, as root, and those
// whose first line begins "# also rootless" as an ordinary user too (those "at
// leisure" only if UNITMON_PODMAN_ALL is set). What a
// script shows (its commands' output and exit codes, in its log) is compared.
//
// Beside testscript's own commands and those of commands_test.go a script has
// podman and systemctl, which are those of its store and its user. The
// container can share the script's directory: --volume=$WORK:/work.
func TestScripts(t *testing.T) {
	checkMachine(t)
	files, err := filepath.Glob("testdata/*.txtar")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("no scripts")
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, nil, script(f))
		})
		first, _, _ := strings.Cut(read(t, f), "\n")
		if !strings.HasPrefix(first, "# also rootless") {
			continue
		}
		t.Run(name+"-rootless", func(t *testing.T) {
			t.Parallel()
			switch {
			case strings.Contains(first, "in a unit"):
				needUnified(t)
			case strings.Contains(first, "at leisure") && os.Getenv(allEnv) == "":
				t.Skip(allEnv + " is not set: root's turn has shown most of it")
			}
			alice := kit.LookupUser(t, rootlessUser)
			compare(t, &alice, script(f))
		})
	}
}

// needUnified skips a test where the machine has hierarchies of cgroup v1: there
// podman takes a user's unit for somebody else's (it looks at every line of
// /proc/self/cgroup for a control group of the user's own), moves itself into a
// scope, and the manager ignores what it says about the unit.
func needUnified(t *testing.T) {
	t.Helper()
	if lines := strings.Count(read(t, "/proc/self/cgroup"), "\n"); lines > 1 {
		t.Skipf("cgroup v1 has %d hierarchies on this machine: podman leaves the units of a user", lines-1)
	}
}

// scene does something with a podman and returns what was to be seen.
type scene func(t *testing.T, s *store) string

// compare plays a scene with each monitor, each time in a new store, checks
// that nothing is left of it, and that the same was to be seen.
func compare(t *testing.T, user *kit.User, play scene) {
	t.Helper()
	var seen [2]string
	for i, mon := range monitors() {
		t.Run(mon.name, func(t *testing.T) {
			s := newStore(t, mon, user)
			seen[i] = normal(play(t, s), s)
			s.nothingLeft(t)
		})
	}
	if diff := cmp.Diff(strings.Split(seen[0], "\n"), strings.Split(seen[1], "\n")); diff != "" && !t.Failed() {
		t.Errorf("the monitors differ (-%s +%s):\n%s", monitors()[0].name, monitors()[1].name, diff)
	}
}

// script makes a scene of a script; its log is what is to be seen.
func script(file string) scene {
	return func(t *testing.T, s *store) string {
		log := &scriptLog{T: t}
		testscript.RunT(log, testscript.Params{
			Files: []string{file}, RequireExplicitExec: true, RequireUniqueNames: true,
			Setup: func(e *testscript.Env) error {
				s.own(t, e.WorkDir)
				must(t, os.Chmod(e.WorkDir, 0o755))
				e.Vars = append(append(e.Vars, s.vars()...), "PATH="+s.path(), "STORE="+s.dir, "GUEST="+guest)
				return os.Chmod(filepath.Dir(e.WorkDir), 0o755)
			},
			Cmds:      commands(t, s),
			Condition: s.condition,
			Deadline:  deadline(t),
		})
		return log.String()
	}
}

// deadline is when a script that hangs is to say where: before the program of the
// tests is ended, and no earlier than a machine needs that has other things to do.
func deadline(t *testing.T) time.Time {
	at := time.Now().Add(3 * kit.Patience)
	if end, ok := t.Deadline(); ok && end.Add(-kit.Patience/4).Before(at) {
		at = end.Add(-kit.Patience / 4)
	}
	return at
}

// scriptLog is a test that keeps the log of a script, which is otherwise
// written to the output of a verbose test.
type scriptLog struct {
	*testing.T
	strings.Builder
}

func (l *scriptLog) Log(args ...any) {
	l.Helper()
	for _, a := range args {
		text, _ := a.(string)
		l.WriteString(text)
	}
	l.T.Log(args...)
}

func (l *scriptLog) Verbose() bool                        { return true }
func (l *scriptLog) Parallel()                            {} // both sides of a scene one after the other
func (l *scriptLog) Run(_ string, f func(t testscript.T)) { f(l) }

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}
