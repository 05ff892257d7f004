package bench

import (
	"slices"
	"testing"
)

// sample is what one run of a variant has cost, a value per column.
type sample []float64

// variant is one way to do a job. It is run once per round.
type variant struct {
	name string
	run  func(tb testing.TB) sample
}

// column is one thing that is measured.
type column struct {
	name string  // in tables
	unit string  // in tables
	raw  string  // the unit of samples, as benchstat knows it
	per  float64 // how many raw units one unit is
	// paired columns are compared with the first variant's, round by round.
	paired bool
	// less turns that ratio round: how many times less than the first it is.
	less bool
}

// result is what the rounds of one benchmark gave: samples[variant][round].
type result struct {
	name     string // of the sub-benchmark
	title    string
	columns  []column
	variants []variant
	rounds   int
	samples  [][]sample
	failed   []string // why a variant could not be run; its samples are empty then
}

// play runs every variant once per round: what the rest of the machine does in a
// round, it does to all. Each round begins with another one, because what a
// variant finds the one before has left: pages, caches. A variant that fails is
// left out from then on.
func (r *result) play(tb testing.TB, rounds int) {
	tb.Helper()
	r.rounds = rounds
	r.samples = make([][]sample, len(r.variants))
	r.failed = make([]string, len(r.variants))
	for round := range rounds {
		for n := range r.variants {
			i := (round + n) % len(r.variants)
			v := r.variants[i]
			if r.failed[i] != "" {
				continue
			}
			s, why := attempt(tb, v.run)
			if why != "" {
				r.failed[i], r.samples[i] = why, nil
				continue
			}
			r.samples[i] = append(r.samples[i], s)
		}
	}
}

// succeeded fails the test if a variant could not be run.
func (r *result) succeeded(t *testing.T) {
	t.Helper()
	for i, why := range r.failed {
		if why != "" {
			t.Fatalf("%s, %s: %s", r.name, r.variants[i].name, why)
		}
	}
}

// values are the samples of one column of a variant, by round.
func (r *result) values(variant, column int) []float64 {
	var list []float64
	for _, s := range r.samples[variant] {
		list = append(list, s[column])
	}
	return list
}

// ratios are the samples of one column of a variant, each divided by the first
// variant's of the same round, or the other way round for a column of less.
// Rounds in which the divisor is 0 are left out.
func (r *result) ratios(variant, column int) []float64 {
	var list []float64
	for round, v := range r.values(variant, column) {
		if round >= len(r.samples[0]) {
			break
		}
		base := r.samples[0][round][column]
		if r.columns[column].less {
			v, base = base, v
		}
		if base > 0 {
			list = append(list, v/base)
		}
	}
	return list
}

// median is the middle value, or the mean of the two in the middle; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	n := len(s) / 2
	if len(s)%2 == 1 {
		return s[n]
	}
	return (s[n-1] + s[n]) / 2
}
