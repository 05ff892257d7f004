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
}

// result is what the rounds of one benchmark gave: samples[variant][round].
type result struct {
	name     string // of the sub-benchmark
	title    string
	columns  []column
	variants []variant
	samples  [][]sample
}

// play runs every variant once per round, always in the same order: what the
// rest of the machine does in a round, it does to all.
func (r *result) play(tb testing.TB, rounds int) {
	tb.Helper()
	r.samples = make([][]sample, len(r.variants))
	for range rounds {
		for i, v := range r.variants {
			r.samples[i] = append(r.samples[i], v.run(tb))
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
// variant's of the same round. Rounds in which that is 0 are left out.
func (r *result) ratios(variant, column int) []float64 {
	var list []float64
	for round, v := range r.values(variant, column) {
		if base := r.samples[0][round][column]; base > 0 {
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
