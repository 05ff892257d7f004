package glib

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/engine/cli/goption"
)

// seedVariable repeats the random lines of a former run.
const seedVariable = "UNITMON_TEST_SEED"

func seed(t *testing.T) uint64 {
	t.Helper()
	s := uint64(time.Now().UnixNano())
	if v := os.Getenv(seedVariable); v != "" {
		var err error
		if s, err = strconv.ParseUint(v, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	t.Logf("%s=%d", seedVariable, s)
	return s
}

// compare counts the lines that both understand, and fails where they differ.
func compare(t *testing.T, program string, lines [][]string) (parsed, wrong, help int) {
	t.Helper()
	for i, theirs := range ask(t, program, lines) {
		mine := ours(lines[i])
		switch {
		case strings.HasPrefix(theirs, helped):
			theirs = helped
			help++
		case strings.HasPrefix(theirs, "ERR "):
			wrong++
		default:
			parsed++
		}
		if mine != theirs {
			t.Errorf("%q (-GLib +ours):\n%s", lines[i], cmp.Diff(theirs, mine))
		}
	}
	return parsed, wrong, help
}

// TestRandom: thousands of lines, and no difference. That all kinds of
// outcome are among them shows that the lines are worth the name.
func TestRandom(t *testing.T) {
	const n = 8000
	g := newGenerator(seed(t))
	lines := make([][]string, n)
	for i := range lines {
		lines[i] = g.line()
	}
	parsed, wrong, help := compare(t, build(t), lines)
	t.Logf("%d lines: %d right, %d wrong, %d ask for help", n, parsed, wrong, help)
	if parsed < n/10 || wrong < n/10 || help < n/100 {
		t.Errorf("the lines are too much alike")
	}
}

// TestEachOption: every name in every form, alone and with a value, so that
// the tables have the same rows of the same kinds.
func TestEachOption(t *testing.T) {
	var lines [][]string
	for _, o := range table() {
		lines = append(lines, []string{"--" + o.Long}, []string{"--" + o.Long, "7"}, []string{"--" + o.Long + "=7", "--" + o.Long + "=8"})
	}
	for c := byte(1); c < 0x80; c++ {
		lines = append(lines, []string{"-" + string(c)}, []string{"-" + string(c), "7", "8"}, []string{"-i" + string(c) + "t", "7"})
	}
	lines = append(lines, nil, []string{""}, []string{"-"}, []string{"--"}, []string{"--", "--"}, []string{"-", "--", "-"})
	compare(t, build(t), lines)
}

// TestNames: an option of GLib's table that ours lacks would be met by no line
// above.
func TestNames(t *testing.T) {
	answer := ask(t, build(t), [][]string{nil})[0]
	var theirs, mine []string
	for line := range strings.Lines(answer) {
		name, _, _ := strings.Cut(line, "=")
		theirs = append(theirs, name)
	}
	for _, o := range table() {
		mine = append(mine, o.Long)
	}
	if !slices.Equal(theirs, mine) {
		t.Error(cmp.Diff(theirs, mine))
	}
}

// TestHelp: GLib's layout, with the same description for every option.
func TestHelp(t *testing.T) {
	options := table()
	for i := range options {
		options[i].Help = "x"
	}
	want := goption.Help("conmon", "- conmon utility", goption.Group{Title: "Application Options", Options: options})
	for i, theirs := range ask(t, build(t), [][]string{{"--help"}, {"-?"}, {"--help-all"}}) {
		if d := cmp.Diff(theirs, want); d != "" {
			t.Errorf("form %d (-GLib +ours):\n%s", i, d)
		}
	}
}

// TestEncoding is the one difference that is meant: GLib refuses a string that
// is not of the locale's character set.
func TestEncoding(t *testing.T) {
	lines := [][]string{{"--name", "\xff"}, {"-n", "caf\xe9"}, {"--exit-command-arg=\xc3"}}
	for i, theirs := range ask(t, build(t), lines) {
		if want := "ERR Invalid byte sequence in conversion input"; theirs != want {
			t.Errorf("%q: GLib says %q", lines[i], theirs)
		}
		if mine := ours(lines[i]); strings.HasPrefix(mine, "ERR ") {
			t.Errorf("%q: %s", lines[i], mine)
		}
	}
	// Where no string is made of it, there is no difference.
	compare(t, build(t), [][]string{{"--timeout=\xff"}, {"-\xff"}, {"--\xff"}, {"\xff"}, {"--sync=\xff"}})
}
