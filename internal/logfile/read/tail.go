package read

// maxBeyond bounds how many records before the last lines a Tail looks at for
// the beginning of a line that was written in pieces.
const maxBeyond = 10_000

// Tail finds where the last lines of a log begin. A line may be in several
// records, and those of the two streams may stand between each other, so lines
// are counted by their ends; one that has not ended yet counts too.
type Tail struct {
	want, lines, beyond int
	state               [2]tailState
	passed, skip        Skip
}

type tailState uint8

const (
	tailNothing tailState = iota // no record of the stream was seen
	tailWanted                   // what comes before belongs to a wanted line
	tailPassed                   // what comes before belongs to another
)

// NewTail returns a Tail that looks for the last n lines.
func NewTail(n int) *Tail { return &Tail{want: n} }

// Add takes the record before those added, so the log's last one first. It
// reports whether the record is of a wanted line: the earliest such record is
// where the last lines begin. When done is true no record before it is.
func (t *Tail) Add(stream int, partial bool) (wanted, done bool) {
	stream &= 1
	state := &t.state[stream]
	if !partial || *state == tailNothing { // here a line ends
		if t.lines < t.want {
			t.lines++
			*state = tailWanted
		} else {
			t.passed[stream]++
			*state = tailPassed
		}
	}
	wanted = *state == tailWanted
	if wanted {
		t.skip = t.passed
	}
	if t.lines == t.want {
		t.beyond++
		done = t.beyond > maxBeyond || (t.state[0] != tailWanted && t.state[1] != tailWanted)
	}
	return wanted, done
}

// Skip says what else stands between the records of the last lines.
func (t *Tail) Skip() Skip { return t.skip }

// Skip is how many lines of each stream are to be left out from here on.
type Skip [2]int

// Drop reports whether the next record is to be left out.
func (s *Skip) Drop(stream int, partial bool) bool {
	n := &s[stream&1]
	if *n == 0 {
		return false
	}
	if !partial {
		*n--
	}
	return true
}
