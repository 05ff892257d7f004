package conformance

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Ledger has the reason for each test that cannot run here.
type Ledger map[Test]string

// WholeFile is the name in an entry about a file, which then is not run.
const WholeFile = "*"

// ReadLedger reads lines of file, name and reason, separated by a tab each.
// Empty lines, and those that begin with '#', are comments. A line that is
// anything else, or a second one for the same test, is an error.
func ReadLedger(r io.Reader) (Ledger, error) {
	l := Ledger{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || f[0] == "" || f[1] == "" || f[2] == "" {
			return nil, fmt.Errorf("ledger, line %d: not file, name, reason with a tab between", n)
		}
		t := Test{f[0], f[1]}
		if l[t] != "" {
			return nil, fmt.Errorf("ledger, line %d: second entry for %s", n, t)
		}
		l[t] = f[2]
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	return l, nil
}

// Excludes returns why a file is not run, or "".
func (l Ledger) Excludes(file string) string { return l[Test{file, WholeFile}] }
