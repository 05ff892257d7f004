package conformance

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// maxLine is the longest line of a test's output that is read; a longer one
// ends the reading with bufio.ErrTooLong.
const maxLine = 1 << 20

// ReadTAP reads what bats writes with --tap (the Test Anything Protocol) and
// returns the outcomes in the order of the tests, and how many were planned.
// Everything that is no result is passed over. Test i+1 is element i; one that
// is never mentioned has the outcome Missing and no name.
func ReadTAP(r io.Reader) ([]Named, error) {
	var all []Named
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		line := lines.Text()
		if planned, ok := plan(line); ok {
			all = grow(all, planned)
			continue
		}
		n, t, ok := result(line)
		if !ok {
			continue
		}
		all = grow(all, n)
		all[n-1] = t
	}
	if err := lines.Err(); err != nil {
		return all, fmt.Errorf("read TAP: %w", err)
	}
	return all, nil
}

// Named is the outcome of a test of a file.
type Named struct {
	Name    string
	Outcome Outcome
}

// maxTests bounds the tests of a file.
const maxTests = 10000

func grow(all []Named, n int) []Named {
	for len(all) < n {
		all = append(all, Named{})
	}
	return all
}

// plan reads "1..N".
func plan(line string) (int, bool) {
	last, ok := strings.CutPrefix(line, "1..")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(last)
	return n, err == nil && n >= 0 && n <= maxTests
}

// result reads "ok N NAME", "not ok N NAME", "ok N NAME # skip REASON".
func result(line string) (int, Named, bool) {
	outcome := Failed
	rest, ok := strings.CutPrefix(line, "not ok ")
	if !ok {
		outcome = Passed
		if rest, ok = strings.CutPrefix(line, "ok "); !ok {
			return 0, Named{}, false
		}
	}
	number, name, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > maxTests {
		return 0, Named{}, false
	}
	name, _, skip := strings.Cut(name, " # skip")
	if skip && outcome == Passed {
		outcome = Skipped
	}
	return n, Named{strings.TrimSpace(name), outcome}, true
}
