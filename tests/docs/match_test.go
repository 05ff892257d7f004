package docs

import (
	"regexp"
	"strings"
)

// mask is what differs in every run, and a word in its place. A page shows one
// run's.
type mask struct {
	is   *regexp.Regexp
	word string
}

func masks() []mask {
	return []mask{
		{regexp.MustCompile(`[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]+; .* ago`), "TIME"}, // systemctl status
		{regexp.MustCompile(`[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [a-z0-9.-]+ `), "TIME HOST "},        // journalctl
		{regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(, (now|.* ago))?`), "TIME"},  // unitmon
		{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "ID"},
		{regexp.MustCompile(`\[\d+\]: `), "[PID]: "},
		{regexp.MustCompile(`PID:? \d+`), "PID"},
		{regexp.MustCompile(`([├└]─|Process: )\d+ `), "${1}PID "},
	}
}

// matches compares what a command has written with what the page says.
func matches(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for skip := range len(got) + 1 {
			if matches(want[1:], got[skip:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && matchesLine(blanks(want[0]), blanks(got[0])) && matches(want[1:], got[1:])
}

// matchesLine compares lines: each "…" is any text, each taken as short as can
// be, but for the last.
func matchesLine(want, got string) bool {
	parts := strings.Split(want, "…")
	got, ok := strings.CutPrefix(got, parts[0])
	if !ok {
		return false
	}
	if len(parts) == 1 {
		return got == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, got, ok = strings.Cut(got, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(got, parts[len(parts)-1])
}

// masked puts words in the place of what differs in every run.
func masked(list []string) []string {
	var out []string
	for _, line := range list {
		for _, m := range masks() {
			line = m.is.ReplaceAllString(line, m.word)
		}
		out = append(out, line)
	}
	return out
}

// blanks makes each run of blanks within a line a single one, and takes those
// at its end away.
func blanks(line string) string {
	var b strings.Builder
	words := strings.Fields(line)
	if line != "" && (line[0] == ' ' || line[0] == '\t') {
		b.WriteByte(' ')
	}
	b.WriteString(strings.Join(words, " "))
	return strings.TrimRight(b.String(), " ")
}

// lines are the lines of a text, without empty ones at its beginning and end.
func lines(text string) []string {
	text = strings.Trim(text, "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
