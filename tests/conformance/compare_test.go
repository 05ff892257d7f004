package conformance

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tests makes tests of one file.
func tests(names ...string) []Test {
	var all []Test
	for _, n := range names {
		all = append(all, Test{"podman/a.bats", n})
	}
	return all
}

// results gives the i-th test of the file the i-th letter's outcome.
func results(names []string, letters string) Results {
	r := Results{}
	for i, t := range tests(names...) {
		r[t] = map[byte]Outcome{'p': Passed, 'f': Failed, 's': Skipped, '-': Missing}[letters[i]]
	}
	return r
}

func TestCompare(t *testing.T) {
	names := []string{"same", "worse", "lost", "skips", "better", "why", "hung", "known", "stale"}
	reference := results(names, "ppppff-fp")
	subject := results(names, "pf-spfffp")
	l := Ledger{}
	for _, e := range tests("known", "stale", "gone", "better") {
		l[e] = "no network"
	}
	l[Test{"podman/not-run.bats", "x"}] = "no network"
	r := Compare(reference, subject, l)
	want := Report{
		Reference: map[Outcome]int{Passed: 5, Failed: 3, Missing: 1},
		Subject:   map[Outcome]int{Passed: 3, Failed: 4, Missing: 1, Skipped: 1},

		Regressions: tests("lost", "skips", "worse"),
		Gains:       tests("better"),
		Unexplained: tests("hung", "why"),
		Stale:       tests("stale"),
		Gone:        tests("gone"),
	}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
}

func TestCompare_OnlyOneKnows(t *testing.T) {
	r := Compare(results([]string{"a"}, "p"), Results{}, nil)
	if !slices.Equal(r.Regressions, tests("a")) || r.Subject[Missing] != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestReport_Repeat(t *testing.T) {
	names := []string{"good", "bad", "lost", "late"}
	r := Compare(results(names, "pppp"), results(names, "pf-f"), nil)
	r.Repeat(results(names, "-fpp"))
	if !slices.Equal(r.Regressions, tests("bad")) || !slices.Equal(r.Unsteady, tests("late", "lost")) || r.Subject[Failed] != 2 {
		t.Errorf("got %+v", r)
	}
}

func TestReport_Print(t *testing.T) {
	r := Compare(results([]string{"a", "b", "c"}, "ppf"), results([]string{"a", "b", "c"}, "pfp"), nil)
	var b strings.Builder
	if err := r.Print(&b, "theirs", "ours"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1 pass with theirs and not with ours:\n  podman/a.bats: b\n",
		"1 pass with ours only:\n  podman/a.bats: c\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

func ExampleReport_Print() {
	one, two := Test{"podman/a.bats", "one"}, Test{"podman/a.bats", "two"}
	r := Compare(Results{one: Passed, two: Passed}, Results{one: Passed, two: Failed}, nil)
	_ = r.Print(os.Stdout, "2.1.6", "2.2.1")
	// Output:
	//                   2.1.6  2.2.1
	//           passed      2      1
	//           failed      0      1
	//   skipped itself      0      0
	//        no result      0      0
	//
	// 1 pass with 2.1.6 and not with 2.2.1:
	//   podman/a.bats: two
}
