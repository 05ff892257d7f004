package conformance

import (
	"cmp"
	"maps"
	"slices"
)

// Report is what two runs of the same tests say.
type Report struct {
	// Reference and Subject count the outcomes with Debian's monitor and with
	// the one that is tested.
	Reference, Subject map[Outcome]int

	// Regressions pass with the reference and not with the subject.
	Regressions []Test
	// Unsteady would be regressions, but passed when they were repeated.
	Unsteady []Test
	// Gains pass with the subject only.
	Gains []Test
	// Unexplained fail with the reference, or have no result, and the ledger
	// does not say why.
	Unexplained []Test
	// Stale are entries of the ledger whose test passes with the reference.
	Stale []Test
	// Gone are entries of the ledger for tests that do not exist, in files that
	// were run.
	Gone []Test
}

// Compare compares two runs. A test that only one of them knows has no result
// in the other.
func Compare(reference, subject Results, l Ledger) Report {
	r := Report{Reference: map[Outcome]int{}, Subject: map[Outcome]int{}}
	all := maps.Clone(reference)
	maps.Copy(all, subject)
	for t := range all {
		r.add(t, reference[t], subject[t], l[t] != "")
	}
	ran := map[string]bool{}
	for t := range all {
		ran[t.File] = true
	}
	for t := range l {
		if _, known := all[t]; !known && ran[t.File] {
			r.Gone = append(r.Gone, t)
		}
	}
	for _, list := range [][]Test{r.Regressions, r.Gains, r.Unexplained, r.Stale, r.Gone} {
		slices.SortFunc(list, byName)
	}
	return r
}

// Repeat moves those regressions to Unsteady that pass in a second run of the
// subject. The totals stay those of the first.
func (r *Report) Repeat(second Results) {
	passed := func(t Test) bool { return second[t] == Passed }
	for _, t := range r.Regressions {
		if passed(t) {
			r.Unsteady = append(r.Unsteady, t)
		}
	}
	r.Regressions = slices.DeleteFunc(r.Regressions, passed)
}

func (r *Report) add(t Test, reference, subject Outcome, inLedger bool) {
	r.Reference[reference]++
	r.Subject[subject]++
	switch {
	case reference == Passed && subject != Passed:
		r.Regressions = append(r.Regressions, t)
	case reference != Passed && subject == Passed:
		r.Gains = append(r.Gains, t)
	}
	switch {
	case reference == Passed && inLedger:
		r.Stale = append(r.Stale, t)
	case (reference == Failed || reference == Missing) && !inLedger:
		r.Unexplained = append(r.Unexplained, t)
	}
}

func byName(a, b Test) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Name, b.Name))
}
