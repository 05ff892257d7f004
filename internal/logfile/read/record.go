package read

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// Format is a kind of log file.
type Format int

// The formats.
const (
	K8s  Format = iota // k8s-file
	JSON               // json-file
)

// Errors of a single record; the reader goes on after it.
var (
	// ErrSyntax says that a line is no record of the log's format.
	ErrSyntax = errors.New("no log record")
	// ErrTorn says that a rotated file ends within a record.
	ErrTorn = errors.New("log record is cut off")
	// ErrGap says that files were rotated away before they were read, so
	// that records may be missing here. Text is empty.
	ErrGap = errors.New("the log was rotated faster than it was read: records may be missing")
)

// Record is a piece of what a container wrote.
type Record struct {
	Time    time.Time // zero: unknown, as of what is no record
	Stream  int       // 0 stdout, 1 stderr
	Text    []byte    // without its newline; valid until the next record is read
	Partial bool      // no newline follows the text
	// Err is nil, or ErrSyntax or ErrTorn, and Text is what is there; or
	// ErrGap.
	Err error
}

// parser turns lines into records.
type parser struct {
	format Format
	text   []byte    // of the last json-file record
	stamp  []byte    // the last time's text
	time   time.Time // its value: many records have the same
}

// parse reads one line, without its newline. A line that is no record becomes
// one of stdout, with ErrSyntax.
func (p *parser) parse(line []byte) Record {
	var r Record
	var ok bool
	if p.format == JSON {
		r, ok = p.parseJSON(line)
	} else {
		r, ok = p.parseK8s(line)
	}
	if !ok {
		return Record{Text: line, Err: ErrSyntax}
	}
	return r
}

// parseK8s reads "TIME STREAM TAGS TEXT". The tags, of which the first counts,
// are separated by colons.
func (p *parser) parseK8s(line []byte) (r Record, ok bool) {
	stamp, rest, ok1 := bytes.Cut(line, []byte{' '})
	stream, rest, ok2 := bytes.Cut(rest, []byte{' '})
	tags, text, ok3 := bytes.Cut(rest, []byte{' '})
	if !ok1 || !ok2 || !ok3 || !p.parseTime(stamp) {
		return r, false
	}
	tag, _, _ := bytes.Cut(tags, []byte{':'})
	r = Record{Time: p.time, Text: text}
	r.Stream, ok1 = streamOf(string(stream))
	r.Partial = string(tag) == "P"
	return r, ok1 && (r.Partial || string(tag) == "F")
}

// parseJSON reads an object of which log, stream and time count. Docker may add
// others, and leaves log out if it is empty.
func (p *parser) parseJSON(line []byte) (Record, bool) {
	if r, ok := p.parseUsual(line); ok {
		return r, true
	}
	var v struct {
		Log    json.RawMessage `json:"log"`
		Stream string          `json:"stream"`
		Time   string          `json:"time"`
	}
	if len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &v) != nil {
		return Record{}, false
	}
	text := bytes.TrimPrefix(v.Log, []byte{'"'})
	if len(text) > 0 && len(text) == len(v.Log) {
		return Record{}, false // no string
	}
	return p.jsonRecord(bytes.TrimSuffix(text, []byte{'"'}), v.Stream, []byte(v.Time))
}

// parseUsual reads what package logfile and Docker write, which is most: the
// three members in their order, without a space between them. Strings have no
// quotes in them, so the second member is the first that looks like it.
func (p *parser) parseUsual(line []byte) (r Record, ok bool) {
	rest, ok1 := bytes.CutPrefix(line, []byte(`{"log":"`))
	text, rest, ok2 := bytes.Cut(rest, []byte(`","stream":"`))
	stream, rest, ok3 := bytes.Cut(rest, []byte(`","time":"`))
	stamp, ok4 := bytes.CutSuffix(rest, []byte(`"}`))
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return r, false
	}
	return p.jsonRecord(text, string(stream), stamp)
}

// jsonRecord makes a record of its members, text being the inside of a JSON
// string.
func (p *parser) jsonRecord(text []byte, stream string, stamp []byte) (r Record, ok bool) {
	if p.text, ok = unquote(p.text[:0], text); !ok || !p.parseTime(stamp) {
		return r, false
	}
	full := false
	r.Text, full = bytes.CutSuffix(p.text, []byte{'\n'})
	r.Time, r.Partial = p.time, !full
	r.Stream, ok = streamOf(stream)
	return r, ok
}

// parseTime reads RFC 3339 with any number of digits of fraction into p.time.
func (p *parser) parseTime(stamp []byte) bool {
	if bytes.Equal(stamp, p.stamp) && len(stamp) > 0 {
		return true
	}
	t, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil {
		return false
	}
	p.stamp, p.time = append(p.stamp[:0], stamp...), t
	return true
}

func streamOf(name string) (stream int, ok bool) {
	switch name {
	case "stdout":
		return 0, true
	case "stderr":
		return 1, true
	}
	return 0, false
}
