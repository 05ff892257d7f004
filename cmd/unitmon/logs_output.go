package main

import (
	"bufio"
	"errors"
	"io"
	"time"
	"unicode/utf8"
)

// stampFormat is the time of --timestamps: RFC 3339 with nine digits, so that
// lines stand below each other.
const stampFormat = "2006-01-02T15:04:05.000000000-07:00"

// logOutput writes pieces of lines where they belong.
type logOutput struct {
	streams [2]*bufio.Writer
	last    int // stream that was written to last, the only one that is not flushed
	stamps  bool
	midLine [2]bool
	session string                         // exec session that what is written is of, "": none
	lineOf  [2]string                      // the session of the last piece
	json    func(w io.Writer, v any) error // nil: the bytes themselves
	clean   func(text string) string       // nil: the bytes themselves
}

// logLine is a piece of a line as JSON. A piece of bytes that are no UTF-8 is in
// MessageBytes.
type logLine struct {
	Time         time.Time `json:"time,omitzero"` // unknown if absent
	Stream       string    `json:"stream"`
	Session      string    `json:"session,omitempty"` // the exec session that has written it
	Partial      bool      `json:"partial"`           // no newline follows
	Message      *string   `json:"message,omitempty"`
	MessageBytes []byte    `json:"messageBase64,omitempty"`
}

// writeJSON is write for --json.
func (l *logOutput) writeJSON(stream int, at time.Time, text []byte, partial bool) {
	v := logLine{Time: at, Stream: [2]string{"stdout", "stderr"}[stream], Session: l.session, Partial: partial}
	if s := string(text); utf8.ValidString(s) {
		v.Message = &s
	} else {
		v.MessageBytes = text
	}
	_ = l.json(l.streams[0], v)
}

func newLogOutput(stdout, stderr io.Writer, stamps bool) *logOutput {
	return &logOutput{streams: [2]*bufio.Writer{bufio.NewWriter(stdout), bufio.NewWriter(stderr)}, stamps: stamps}
}

// write writes a piece of a line of stream 0 (stdout) or 1 (stderr); partial
// says that no newline follows it. A line has the time of its first piece, and
// none if that is zero. A writer that failed says so at flush.
func (l *logOutput) write(stream int, at time.Time, text []byte, partial bool) {
	if l.json != nil {
		l.writeJSON(stream, at, text, partial)
		return
	}
	w := l.turn(stream)
	if l.midLine[stream] && l.lineOf[stream] != l.session {
		_ = w.WriteByte('\n') // it is not the rest of that line
		l.midLine[stream] = false
	}
	if l.stamps && !l.midLine[stream] && !at.IsZero() {
		_, _ = w.Write(at.Local().AppendFormat(w.AvailableBuffer(), stampFormat))
		_ = w.WriteByte(' ')
	}
	if l.clean != nil {
		text = []byte(l.clean(string(text)))
	}
	_, _ = w.Write(text)
	if !partial {
		_ = w.WriteByte('\n')
	}
	l.midLine[stream], l.lineOf[stream] = partial, l.session
}

// turn is the writer of a stream. Both may go to the same place, where what was
// written first has to come first.
func (l *logOutput) turn(stream int) *bufio.Writer {
	if stream != l.last {
		_ = l.streams[l.last].Flush() // an error stays, flush returns it
		l.last = stream
	}
	return l.streams[stream]
}

func (l *logOutput) flush() error {
	return errors.Join(l.streams[0].Flush(), l.streams[1].Flush())
}
