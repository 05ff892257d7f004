package loop

import "bytes"

// record is the next piece of a stream to store: text bytes of it make the
// message, used bytes of it are done with then.
type record struct {
	text, used int
	partial    bool // no newline follows the text
}

// nextRecord finds the next record at the head of b. It returns a zero record
// when b holds an unfinished line that may wait; force says that it may not.
func nextRecord(b []byte, force bool) record {
	window := b[:min(len(b), MaxLine+1)]
	if i := indexNewline(window); i >= 0 {
		return record{text: i, used: i + 1}
	}
	if len(b) > MaxLine {
		n := cutRune(b[:MaxLine])
		return record{text: n, used: n, partial: true}
	}
	if force {
		return record{text: len(b), used: len(b), partial: true}
	}
	return record{}
}

// cutRune returns the length of b without an incomplete UTF-8 sequence at its
// end, so that the pieces of a long text stay readable one by one; bytes that
// are no UTF-8 are cut where they are.
func cutRune(b []byte) int {
	for back := 1; back <= 3 && back < len(b); back++ {
		c := b[len(b)-back]
		if c&0xC0 == 0x80 {
			continue // a continuation byte: look further back
		}
		if (c >= 0xC0 && back < 2) || (c >= 0xE0 && back < 3) || (c >= 0xF0 && back < 4) {
			return len(b) - back
		}
		break
	}
	return len(b)
}

// indexNewline returns the index of the first newline in b, or -1. The standard
// library's search is assembly that needs no Go runtime; without one it takes 16
// bytes at a time instead of 32, for nothing has told it what the processor can.
func indexNewline(b []byte) int { return bytes.IndexByte(b, '\n') }
