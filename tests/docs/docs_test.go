package docs

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/tests/box"
)

// patience bounds the run of a page; it is no expectation.
const patience = 100 * time.Second

//go:embed testdata/page.sh
var pageScript string

func TestMain(m *testing.M) {
	box.Stage()
	os.Exit(m.Run())
}

// TestPages runs the pages. Their names are relative to the module.
func TestPages(t *testing.T) {
	for _, path := range pages(t) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) { runPage(t, path) })
	}
}

func pages(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(list) == 0 {
		t.Fatalf("no pages (%v)", err)
	}
	return append([]string{"../../README.md"}, list...)
}

func runPage(t *testing.T, path string) {
	t.Helper()
	p, err := parsePage(readFile(t, path))
	if err != nil {
		t.Fatalf("%s:%v", path, err)
	}
	for _, l := range p.Left {
		t.Logf("%s:%d: not run: %s", path, l.Line, l.Reason)
	}
	t.Logf("%s: %d commands, %d blocks not run", path, len(p.Steps), len(p.Left))
	if len(p.Steps) == 0 {
		return
	}
	for i, said := range play(t, p.Steps) {
		check(t, path, p.Steps[i], said)
	}
}

// said is what a command has written, and its exit status.
type said struct {
	Text   string
	Status int
}

// check compares one command's output with the page's. After a command that
// goes wrong the next ones may do so too: all of them are shown.
func check(t *testing.T, path string, s step, got said) {
	t.Helper()
	out := lines(got.Text)
	if s.Silent {
		if got.Status != 0 {
			t.Errorf("%s:%d: exit status %d of\n%s\n%s", path, s.Line, got.Status, s.Command, got.Text)
		}
		return
	}
	if got.Status != 0 {
		out = append(out, fmt.Sprintf("(exit status %d)", got.Status))
	}
	want := lines(strings.Join(s.Want, "\n"))
	if !matches(masked(want), masked(out)) {
		t.Errorf("%s:%d: %s\n%s\nwhat it wrote:\n%s", path, s.Line, s.Command, cmp.Diff(want, out), strings.Join(out, "\n"))
	}
}

// play runs commands in one shell of a fresh box, with unitmon installed, and
// sees to it that they leave no unit behind.
func play(t *testing.T, steps []step) []said {
	t.Helper()
	module, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	b, err := box.Boot(t.Context(), box.Options{
		Binds:    []box.Bind{{Source: module}},
		Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay", "./cmd/unitmon-generator", "./cmd/conmon"},
		User:     "ann", Journal: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	args := []string{"bash", "-c", pageScript, module}
	for _, s := range steps {
		args = append(args, s.Command)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := b.Run(ctx, box.Cmd{Args: args, Env: []string{"SYSTEMD_PAGER=", "SYSTEMD_COLORS=0"}})
	if err != nil || r.Status != 0 {
		t.Fatalf("status %d, %v\n%s%s", r.Status, err, r.Stdout, r.Stderr)
	}
	return answers(t, string(r.Stdout), len(steps))
}

// answers cuts the script's output into that of each command. After the last
// one comes the list of units that are left.
func answers(t *testing.T, out string, n int) []said {
	t.Helper()
	parts := strings.Split(out, "\x1e")
	if len(parts) != 2*n+1 {
		t.Fatalf("%d commands have said %d things:\n%s", n, len(parts), out)
	}
	if units := strings.TrimSpace(parts[2*n]); units != "" {
		t.Errorf("units are left:\n%s", units)
	}
	var list []said
	for pair := range slices.Chunk(parts[:2*n], 2) {
		status, err := strconv.Atoi(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, said{pair[0], status})
	}
	return list
}
