package container

import (
	"strconv"
	"strings"
)

// Losses are what a relay's status text (STATUS=, sd_notify(3)) says that did not
// come where it should. The text is the one place that tells it while the relay
// runs and after it has left, to systemctl as to us; the counters themselves are
// in the relay's memory, whose layout may change with every version.
type Losses struct {
	Lines   uint64 // lines that were dropped by policy, by all logs together
	Clients uint64 // clients that were dropped because they did not read
}

// ParseLosses reads a relay's status text: parts set off by "; ", of which those
// that count something end with ": N" while the relay runs, and begin with "N "
// when it has left. What it does not know it passes over.
func ParseLosses(status string) (l Losses) {
	for part := range strings.SplitSeq(status, "; ") {
		what, number, running := cutLast(part, ": ")
		if !running {
			number, what, _ = strings.Cut(part, " ")
		}
		n, err := strconv.ParseUint(number, 10, 64)
		switch {
		case err != nil:
		case what == "clients dropped":
			l.Clients += n
		case what == "lines lost", running && strings.HasPrefix(what, "lines lost by the "):
			l.Lines += n
		}
	}
	return l
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
