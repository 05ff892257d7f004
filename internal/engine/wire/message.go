package wire

import (
	"strconv"
	"unicode/utf8"
)

// MaxMessage is how many bytes a message has at most, with its newline. podman
// reads 4096 at once, and a seqpacket socket throws the rest of a packet away;
// it is also what a pipe takes as a whole (PIPE_BUF, pipe(7)).
const MaxMessage = 4096

// Key is what the number of a message is called.
type Key string

// The keys.
const (
	KeyData     Key = "data"      // everything, with --api-version
	KeyExitCode Key = "exit_code" // an exec session without it
	KeyPID      Key = "pid"       // a container without it
)

// KeyOf is the key for an API version, and for an exec session or a container.
func KeyOf(apiVersion int, exec bool) Key {
	switch {
	case apiVersion >= 1:
		return KeyData
	case exec:
		return KeyExitCode
	default:
		return KeyPID
	}
}

// Message is what the monitor tells the engine: a process number or an exit code,
// or a negative number and why.
type Message struct {
	Key   Key
	Value int
	Text  string // "" for none; any bytes, as a runtime printed them
}

// end is what follows a text.
const end = "\"}\n"

// Append appends the message to b as one line of JSON: {"KEY": N} or
// {"KEY": N, "message": "TEXT"} and a newline, at most [MaxMessage] bytes. Of a
// longer text the front is kept; the cut is never inside an escape or a UTF-8
// character. Bytes from 0x80 up are kept as they are, so that a text which is
// not UTF-8 makes a line which is not either, as conmon's does.
func (m Message) Append(b []byte) []byte {
	most := len(b) + MaxMessage - len(end)
	b = append(b, `{"`...)
	b = append(b, m.Key...)
	b = append(b, `": `...)
	b = strconv.AppendInt(b, int64(m.Value), 10)
	if m.Text == "" {
		return append(b, "}\n"...)
	}
	b = append(b, `, "message": "`...)
	for text := m.Text; text != ""; {
		// An invalid byte is a character of one byte.
		_, size := utf8.DecodeRuneInString(text)
		next := appendEscaped(b, text[:size])
		if len(next) > most {
			break
		}
		b, text = next, text[size:]
	}
	return append(b, end...)
}

// appendEscaped appends one character in conmon's escapes (parent_pipe_fd.c):
// those of JSON with a letter, the solidus too, and \u00xx for other control
// characters and DEL.
func appendEscaped(b []byte, char string) []byte {
	const hex = "0123456789abcdef"
	c := char[0]
	if letter := escapeLetter(c); letter != 0 {
		return append(b, '\\', letter)
	}
	if c < 0x20 || c == 0x7f {
		return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
	}
	return append(b, char...)
}

// escapeLetter is what stands for c after a backslash, 0 if nothing does.
func escapeLetter(c byte) byte {
	switch c {
	case '\\', '"', '/':
		return c
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	case '\b':
		return 'b'
	case '\f':
		return 'f'
	}
	return 0
}
