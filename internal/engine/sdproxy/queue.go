package sdproxy

import (
	"slices"
	"strings"
)

// line is a line that goes on, and which of passed it is.
type line struct {
	kind int
	text string
}

// message is a datagram's lines.
type message []line

// parse reads a text that filter has made. Of the lines of one kind it takes
// the first, as a manager would.
func parse(text []byte) message {
	var m message
	for s := range strings.SplitSeq(string(text), "\n") {
		k := kind([]byte(s))
		if k != none && !m.has(k) {
			m = append(m, line{k, strings.Clone(s)}) // not the whole text for one line
		}
	}
	return m
}

func (m message) has(kind int) bool {
	return slices.ContainsFunc(m, func(l line) bool { return l.kind == kind })
}

// text is the datagram.
func (m message) text() []byte {
	var b []byte
	for i, l := range m {
		if i > 0 {
			b = append(b, '\n')
		}
		b = append(b, l.text...)
	}
	return b
}

// short is the message without the lines whose text is free, so that it is
// short in any case.
func (m message) short() message {
	return slices.DeleteFunc(slices.Clone(m), func(l line) bool { return free(l.kind) })
}

// queue is what could not be sent yet, the oldest message first. Each kind of
// line is in it at most once, which bounds it.
type queue []message

// add appends a message, and takes out of the others what it replaces.
func (q *queue) add(m message) {
	for i := range *q {
		(*q)[i] = slices.DeleteFunc((*q)[i], func(l line) bool { return m.has(l.kind) })
	}
	*q = append(*q, m)
	*q = slices.DeleteFunc(*q, func(m message) bool { return len(m) == 0 })
}

// drop takes out the first message.
func (q *queue) drop() { *q = slices.Delete(*q, 0, 1) }
