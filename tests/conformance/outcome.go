package conformance

// Outcome is what became of a test.
type Outcome int

const (
	// Missing means that there is no result: the test's file ran out of time,
	// or ended early.
	Missing Outcome = iota
	// Passed is the test's own word, as the other two are.
	Passed
	// Failed is a test that has found something else than it expects.
	Failed
	// Skipped is a test that has found that the place lacks something.
	Skipped
)

// String is the word of the report's table.
func (o Outcome) String() string {
	switch o {
	case Passed:
		return "passed"
	case Failed:
		return "failed"
	case Skipped:
		return "skipped itself"
	case Missing:
		return "no result"
	}
	return "unknown"
}

// Test names a test: File is "conmon/" or "podman/" and the base name of a
// file, Name what its author calls it.
type Test struct {
	File, Name string
}

// String is the file and the name.
func (t Test) String() string { return t.File + ": " + t.Name }

// Results are the outcomes of one monitor's run.
type Results map[Test]Outcome
