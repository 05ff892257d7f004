package conf

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lineMax is the longest line, continued ones included, systemd.syntax(7).
const lineMax = 1 << 20

// byteOrderMark may begin a file; the manager skips it too.
const byteOrderMark = "\ufeff"

// Error is what is wrong with one line of a file.
type Error struct {
	Path string
	Line int // from 1; 0: the file as a whole
	Text string
}

// Error is "PATH:LINE: TEXT".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Path + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// Entry is one assignment.
type Entry struct {
	Section, Key, Value string
	Line                int // of its first line, from 1
}

// Parse reads text in unit-file syntax. What cannot be read is left out and
// said in the error, which joins an *Error for each such line; the rest is
// returned. After errorsMax of them it reads no further.
func Parse(path string, text []byte) ([]Entry, error) {
	p := parser{problems: problems{path: path}}
	for line := range strings.Lines(strings.TrimPrefix(string(text), byteOrderMark)) {
		p.number++
		p.line(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		if p.full() {
			return p.entries, p.err()
		}
	}
	if p.begun > 0 {
		p.end()
	}
	return p.entries, p.err()
}

// parser is the state of one Parse.
type parser struct {
	problems
	number  int    // of the current line
	begun   int    // first line of a continued one; 0: there is none
	text    []byte // what it has so far
	section string
	lost    bool // the section's header could not be read
	entries []Entry
}

// line takes one line of the file. Comments do not end a continued line.
func (p *parser) line(s string) {
	trimmed := strings.TrimLeft(s, " \t")
	if trimmed != "" && (trimmed[0] == '#' || trimmed[0] == ';') {
		return
	}
	if p.begun == 0 {
		p.begun = p.number
	}
	rest, continued := s, isContinued(s)
	if continued {
		rest = s[:len(s)-1]
	}
	if len(p.text)+len(rest) > lineMax {
		p.fail(p.begun, "the line is longer than %d bytes", lineMax)
		p.begun, p.text = 0, p.text[:0]
		return
	}
	p.text = append(p.text, rest...)
	if continued {
		p.text = append(p.text, ' ')
		return
	}
	p.end()
}

// isContinued reports whether a line ends in a backslash that is not itself
// escaped by one.
func isContinued(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// end takes a line that is complete.
func (p *parser) end() {
	line, s := p.begun, strings.Trim(string(p.text), " \t")
	p.begun, p.text = 0, p.text[:0]
	switch {
	case s == "":
	case !utf8.ValidString(s):
		p.fail(line, "it is not UTF-8")
	case strings.ContainsAny(s, "\x00\r"):
		// In a drop-in, either would end the line for the manager.
		p.fail(line, "it has a NUL byte or a carriage return")
	case s[0] == '[':
		p.header(line, s)
	default:
		p.assignment(line, s)
	}
}

func (p *parser) header(line int, s string) {
	name, ok := strings.CutSuffix(s[1:], "]")
	p.lost = !ok || name == ""
	if p.lost {
		p.fail(line, "%s is no section header: [NAME]", shorten(s))
		return
	}
	p.section = name
}

func (p *parser) assignment(line int, s string) {
	key, value, ok := strings.Cut(s, "=")
	key = strings.TrimRight(key, " \t")
	switch {
	case p.lost: // said already
	case !ok || key == "":
		p.fail(line, "%s is no assignment: KEY=VALUE", shorten(s))
	case p.section == "":
		p.fail(line, "%s=: it is in no section, write [Container] above it", cut(key))
	default:
		p.entries = append(p.entries, Entry{p.section, key, strings.TrimLeft(value, " \t"), line})
	}
}
