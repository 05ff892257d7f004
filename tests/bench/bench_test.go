package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestLaunches runs every launch variant once.
func TestLaunches(t *testing.T) {
	for _, r := range launches(t) {
		r.columns = launchColumns()
		r.play(t, 1)
		r.succeeded(t)
		for i, v := range r.variants {
			s := r.samples[i][0]
			if len(s) != len(r.columns) {
				t.Errorf("%s, %s: %d values for %d columns", r.name, v.name, len(s), len(r.columns))
			}
			wall, all, manager, bus := time.Duration(s[0]), time.Duration(s[1]), time.Duration(s[2]), time.Duration(s[3])
			if wall <= 0 || all <= 0 {
				t.Errorf("%s, %s: wall %s, cpu %s", r.name, v.name, wall, all)
			}
			// Whoever makes a unit makes the manager and the bus work.
			if i > 0 && (manager < time.Millisecond/2 || bus <= 0 || manager+bus >= all) {
				t.Errorf("%s, %s: PID 1 %s, bus %s of %s", r.name, v.name, manager, bus, all)
			}
		}
	}
}

// TestOutput runs every output variant once: more lines than journald's rate
// limit lets through (RateLimitBurst=, at most 60000 with much room). Of ours
// all must be found. The others' lines lose their unit's fields when journald
// reads them after the unit has gone, as it does under load; what a run finds of
// them is a column of its table.
func TestOutput(t *testing.T) {
	const lines = 70_000
	r := output(t, 100, lines)
	r.play(t, 1)
	r.succeeded(t)
	for i, v := range r.variants {
		s := r.samples[i][0]
		ours := strings.HasPrefix(v.name, "unitmon")
		if stored := s[5]; ours && stored != 100 || stored <= 0 || stored > 100 {
			t.Errorf("%s: %v%% of the lines are stored", v.name, stored)
		}
		if s[0] < s[1]+s[2] || s[1] <= 0 {
			t.Errorf("%s: cpu %v, journald %v, relay %v ns per line", v.name, s[0], s[1], s[2])
		}
		if hasRelay := strings.Contains(v.name, "relay"); hasRelay != (s[2] > 0) {
			t.Errorf("%s: the relay took %v ns per line", v.name, s[2])
		}
	}
}

func TestNumbered(t *testing.T) {
	a, b := string(numbered(7, 100)), string(numbered(8, 100))
	if len(a) != 100 || strings.Count(a, "\n") != 1 || !strings.HasSuffix(a, "\n") || !strings.HasPrefix(a, "0000000007 ") {
		t.Errorf("got %q", a)
	}
	if a[10:] == b[10:] {
		t.Error("two lines differ in their number only")
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}} {
		before := slices.Clone(tt.values)
		if got := median(tt.values); got != tt.want || !slices.Equal(before, tt.values) {
			t.Errorf("median(%v) = %v, want %v", before, got, tt.want)
		}
	}
}

func TestUsageUsec(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"usage_usec 12\nuser_usec 5\nsystem_usec 7\n": 12 * time.Microsecond,
		"user_usec 5\nusage_usec 3\n":                 3 * time.Microsecond,
	} {
		if got, ok := usageUsec(stat); !ok || got != want {
			t.Errorf("%q: %s, %v", stat, got, ok)
		}
	}
	for _, stat := range []string{"", "usage_usec\n", "usage_usec x\n"} {
		if got, ok := usageUsec(stat); ok {
			t.Errorf("%q: %s", stat, got)
		}
	}
}

// twice is a result of two variants and two rounds.
func twice() result {
	return result{
		name: "x", title: "two",
		columns: []column{
			{name: "wall", unit: "ms", raw: "ns/op", per: 1e6, paired: true},
			{name: "rest", unit: "ms", raw: "rest-ns/op", per: 1e6},
		},
		variants: []variant{{name: "first"}, {name: "the other"}},
		rounds:   2,
		samples:  [][]sample{{{2e6, 1e6}, {4e6, 1e6}}, {{3e6, 5e6}, {12e6, 7e6}}},
		failed:   make([]string, 2),
	}
}

func TestTable(t *testing.T) {
	r := twice()
	var w strings.Builder
	if err := r.table(&w); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(w.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"two, 2 rounds; min / median, and ratio to the first row in the same round: median (min..max)",
		"variant wall ms ratio rest ms",
		"first 2 / 3 1 / 1",
		"the other 3 / 7.5 2.25 (1.50..3.00) 5 / 6",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestLines(t *testing.T) {
	r := twice()
	var w strings.Builder
	r.lines(&w, "BenchmarkX/x")
	want := `BenchmarkX/x/first 1 2000000 ns/op 1000000 rest-ns/op
BenchmarkX/x/first 1 4000000 ns/op 1000000 rest-ns/op
BenchmarkX/x/the_other 1 3000000 ns/op 5000000 rest-ns/op
BenchmarkX/x/the_other 1 12000000 ns/op 7000000 rest-ns/op
`
	if w.String() != want {
		t.Errorf("got\n%s", w.String())
	}
}

// TestPlay: every variant runs once per round, in the same order.
func TestPlay(t *testing.T) {
	var order []string
	v := func(name string) variant {
		return variant{name, func(testing.TB) sample {
			order = append(order, name)
			return sample{float64(len(order))}
		}}
	}
	r := result{columns: []column{{name: "n", paired: true}}, variants: []variant{v("a"), v("b")}}
	r.play(t, 2)
	if got := strings.Join(order, ""); got != "abba" {
		t.Errorf("order %s", got)
	}
	if got := r.ratios(1, 0); !slices.Equal(got, []float64{2, 3.0 / 4}) {
		t.Errorf("ratios %v", got)
	}
	r.columns[0].less = true
	if got := r.ratios(1, 0); !slices.Equal(got, []float64{0.5, 4.0 / 3}) {
		t.Errorf("times less %v", got)
	}
}

// TestPlay_Failure: a variant that fails is named in the table with its reason,
// is not run again, and does not end the others.
func TestPlay_Failure(t *testing.T) {
	runs := 0
	r := result{
		columns: []column{{name: "n", unit: "x", per: 1, paired: true}},
		variants: []variant{
			{"bad", func(tb testing.TB) sample {
				if runs++; runs == 2 {
					kit.OK(tb, "sh", "-c", "echo no; exit 3")
				}
				return sample{1}
			}},
			{"good", func(testing.TB) sample { return sample{2} }},
		},
	}
	r.play(t, 3)
	if runs != 2 || len(r.values(0, 0)) != 0 || len(r.values(1, 0)) != 3 {
		t.Errorf("%d runs, %v, %v", runs, r.values(0, 0), r.values(1, 0))
	}
	var w strings.Builder
	if err := r.table(&w); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.String(), "failed: sh -c echo no; exit 3: exit code 3 stdout: no") || !strings.Contains(w.String(), "2 / 2") {
		t.Errorf("got\n%s", w.String())
	}
}
