package sdproxy

import (
	"bytes"
	"strings"
)

// passed are the lines that go on: whole ones, and, with '=' at the end, all
// that begin so. The index of one is its name in a queue.
var passed = [...]string{
	"READY=1",
	"RELOADING=1",
	"STOPPING=1",
	"WATCHDOG=1",
	"WATCHDOG=trigger",
	"STATUS=",
	"ERRNO=",
	"BUSERROR=",
	"MONOTONIC_USEC=",
}

// none is the kind of a line that does not go on.
const none = -1

// kind returns the index of the entry of passed that a line is, or none.
func kind(line []byte) int {
	for i, p := range passed {
		if free(i) && bytes.HasPrefix(line, []byte(p)) || string(line) == p {
			return i
		}
	}
	return none
}

// free reports whether the lines of a kind have a text that is free.
func free(kind int) bool { return strings.HasSuffix(passed[kind], "=") }

// filter returns those lines of a datagram that go on, joined by newlines, and
// whether one of the others asks for a barrier. Lines end at a newline or a
// carriage return; a NUL ends the datagram. The text takes the datagram's
// memory.
func filter(datagram []byte) (text []byte, barrier bool) {
	if end := bytes.IndexByte(datagram, 0); end >= 0 {
		datagram = datagram[:end]
	}
	text = datagram[:0]
	for rest := datagram; len(rest) > 0; {
		line := rest
		if end := bytes.IndexAny(rest, "\n\r"); end >= 0 {
			line, rest = rest[:end], rest[end+1:]
		} else {
			rest = nil
		}
		barrier = barrier || string(line) == "BARRIER=1"
		if kind(line) == none {
			continue
		}
		if len(text) > 0 {
			text = append(text, '\n') // where the end of an earlier line was
		}
		text = append(text, line...)
	}
	return text, barrier
}
