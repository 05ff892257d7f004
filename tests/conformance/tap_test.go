package conformance

import (
	"slices"
	"strings"
	"testing"
)

func TestReadTAP(t *testing.T) {
	const text = `1..6
ok 1 podman run - basic
# Arch:amd64 OS:debian12
ok 2 podman --context # skip only applicable on podman-remote
not ok 3 podman logs # of two containers
# (in test file test/system/035-logs.bats, line 7)
not ok 4 podman wait
ok 6 the last
`
	got, err := ReadTAP(strings.NewReader(text))
	want := []Named{
		{"podman run - basic", Passed},
		{"podman --context", Skipped},
		{"podman logs # of two containers", Failed},
		{"podman wait", Failed},
		{},
		{"the last", Passed},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestReadTAP_TooLong(t *testing.T) {
	if _, err := ReadTAP(strings.NewReader("ok 1 " + strings.Repeat("x", maxLine))); err == nil {
		t.Error("a line without end is read")
	}
}

func FuzzReadTAP(f *testing.F) {
	for _, seed := range []string{"1..2\nok 1 a\nnot ok 2 b # skip c", "1..", "ok 0 x", "ok 10001 x", "1..-1", "not ok  y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, _ := ReadTAP(strings.NewReader(text))
		if len(all) > maxTests {
			t.Fatalf("%d tests", len(all))
		}
		for _, n := range all {
			if n.Outcome == Missing && n.Name != "" {
				t.Fatalf("%q is named and has no result", n.Name)
			}
		}
	})
}
