package terminal

import (
	"fmt"
	"strings"
	"testing"
)

// viSteps edit the file, with two changes of the size.
func viSteps() []step {
	return []step{
		{words: []string{"line 23 of", "1/200"}},
		{keys: "10j", words: []string{"11/200"}},
		{keys: "dd", words: []string{"line 12 of", "Delete 1 lines"}},
		{keys: "Onew text\x1b", words: []string{"new text", "\n- " + textFile, "11/200"}},
		{rows: 40, cols: 120, words: []string{"line 39 of", "40, 120"}},
		{keys: "G", words: []string{"line 200 of", "200/200"}},
		{keys: "\x02", words: []string{"line 150 of"}}, // a page up
		{rows: 12, cols: 40, words: []string{"12, 40"}},
		{keys: "1G", words: []string{"line 1 of", "line 10 of"}},
		{keys: "/line 77\r", words: []string{"line 77 of"}},
		{keys: "isome more \x1b", words: []string{"some more line 77", "\n- " + textFile}},
	}
}

func TestVi(t *testing.T) {
	p := newPair(t, "vi")
	p.start(t, "vi", textFile)
	p.play(t, viSteps()...)
	p.end(t, ":wq\r")
}

func TestLess(t *testing.T) {
	p := newPair(t, "less")
	p.start(t, "less", textFile)
	p.play(t,
		step{words: []string{"line 23 of"}},
		step{keys: " ", words: []string{"line 46 of"}},
		step{rows: 40, cols: 120, words: []string{"line 24 of", "line 62 of"}}, // drawn anew
		step{keys: " ", words: []string{"line 100 of"}},
		step{keys: "/line 123\r", words: []string{"line 123 of"}},
		step{rows: 10, cols: 40, words: []string{"line 123 of", "line 131 of"}},
		step{keys: "g", words: []string{"line 9 of"}},
		step{keys: "G", words: []string{"line 200 of"}},
	)
	p.end(t, "q")
}

// TestTop: its numbers change all the time, so what is compared is the shape:
// the headings, and that lines are as wide as the terminal lets them be.
func TestTop(t *testing.T) {
	p := newPair(t, "top")
	p.direct.job = p.direct.Start(t, "busybox", "top", "-d", "1")
	p.unit.job = p.unit.Start(t, append(p.run("-it"), "top", "-d", "1")...)
	for _, size := range []struct{ rows, cols int }{{24, 80}, {40, 120}, {8, 40}} {
		for _, s := range []*side{p.direct, p.unit} {
			s.Resize(t, size.rows, size.cols)
			s.Await(t, fmt.Sprintf("top on %d rows of %d", size.rows, size.cols), func(screen string) bool {
				return looksLikeTop(screen, size.rows, size.cols)
			})
		}
	}
	p.end(t, "q")
}

// topHeadings is the fourth line of busybox's top.
const topHeadings = "  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND"

// looksLikeTop: memory, CPU, load, the headings cut to the width of the
// terminal, and at least one process.
func looksLikeTop(screen string, rows, cols int) bool {
	lines := strings.Split(screen, "\n")
	if !strings.HasSuffix(screen, fmt.Sprintf(" of %d, %d\n", rows, cols)) {
		return false
	}
	for i, begin := range []string{"Mem: ", "CPU: ", "Load average: "} {
		if !strings.HasPrefix(lines[i], begin) {
			return false
		}
	}
	return lines[3] == topHeadings[:min(cols, len(topHeadings))] && lines[4] != ""
}
