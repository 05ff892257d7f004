package root

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/box"
)

// limit ends a wait for something that does not come. No test depends on how
// long anything takes.
const limit = time.Minute

// TestMain also is the service program of the tests: SERVICE REPORT ARG...
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && services()[os.Args[1]] != nil {
		os.Exit(serve(services()[os.Args[1]], os.Args[2], os.Args[3:]))
	}
	box.Main(m)
}

// services are the programs by name. Each says things in its report.
func services() map[string]func(say func(string), args []string) error {
	return map[string]func(say func(string), args []string) error{
		"notifier":  notifier,
		"storer":    storer,
		"activated": activated,
	}
}

func serve(service func(func(string), []string) error, report string, args []string) int {
	f, err := os.OpenFile(report, os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer f.Close()
	if err := service(func(line string) { fmt.Fprintln(f, line) }, args); err != nil {
		fmt.Fprintln(f, "error:", err)
		return 1
	}
	return 0
}

// run runs a program and returns what it prints.
func run(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, args[0], args[1:]...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		t.Fatalf("%q: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

// executable is this program, for units.
func executable(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// unitName is a name that no other test has.
func unitName(t *testing.T) string {
	t.Helper()
	return "root-test-" + strings.ToLower(t.Name())
}

// runDir makes a directory in /run.
func runDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/run", "unitmon-root-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// report is the reading end of what a service says.
type report struct {
	path string
	file *os.File
	rest string
}

func newReport(t *testing.T) *report {
	t.Helper()
	r := &report{path: filepath.Join(runDir(t), "report")}
	run(t, "mkfifo", r.path)
	// For writing too: the end of one service is not the end of the report.
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	r.file = f
	return r
}

// next waits for the next line.
func (r *report) next(t *testing.T) string {
	t.Helper()
	if err := r.file.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		if line, rest, ok := strings.Cut(r.rest, "\n"); ok {
			r.rest = rest
			return line
		}
		n, err := r.file.Read(buf)
		if err != nil {
			t.Fatalf("report: %v after %q", err, r.rest)
		}
		r.rest += string(buf[:n])
	}
}

// want fails the test unless the next lines are these.
func (r *report) want(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if got := r.next(t); got != want {
			t.Fatalf("the service says %q, want %q", got, want)
		}
	}
}
