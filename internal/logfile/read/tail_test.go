package read

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// piece is a record as Tail sees it, with the line that it belongs to.
type piece struct {
	stream, line int
	partial      bool
}

// pieces are random records of both streams, mixed, and the number of lines.
func pieces(rnd *rand.Rand, n int) (list []piece, lines int) {
	line, open := [2]int{}, [2]bool{}
	for range n {
		s := rnd.IntN(2)
		if !open[s] {
			line[s], open[s] = lines, true
			lines++
		}
		p := piece{s, line[s], rnd.IntN(3) > 0}
		open[s] = p.partial
		list = append(list, p)
	}
	return list, lines
}

// lastLines are the n lines that ended last.
func lastLines(list []piece, n int) []int {
	var lines []int
	for _, p := range slices.Backward(list) {
		if len(lines) < n && !slices.Contains(lines, p.line) {
			lines = append(lines, p.line)
		}
	}
	return lines
}

func TestTail_Random(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		list, total := pieces(rnd, rnd.IntN(30))
		n := rnd.IntN(total + 3)
		want := lastLines(list, n)

		tail, first := NewTail(n), len(list)
		for i := len(list) - 1; i >= 0; i-- {
			wanted, done := tail.Add(list[i].stream, list[i].partial)
			if wanted {
				first = i
			}
			if done {
				break
			}
		}
		skip := tail.Skip()
		for i, p := range list {
			shown := i >= first && !skip.Drop(p.stream, p.partial)
			if shown != slices.Contains(want, p.line) {
				t.Fatalf("last %d of %+v: record %d shown: %v; from %d, skip %v", n, list, i, shown, first, tail.Skip())
			}
		}
	}
}

// TestTail_Bound: the beginning of a line is not looked for for ever.
func TestTail_Bound(t *testing.T) {
	tail := NewTail(1)
	if _, done := tail.Add(1, false); done {
		t.Fatal("a line's beginning is not looked for")
	}
	for i := 1; ; i++ {
		if _, done := tail.Add(0, false); done {
			if i != maxBeyond {
				t.Errorf("done after %d", i)
			}
			return
		}
	}
}
