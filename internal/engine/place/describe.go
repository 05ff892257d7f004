package place

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/unitmon/unitmon/internal/engine/place/bus"
)

// Status is what a scope can tell about its monitor, which is one line: scopes
// have no status text (systemd.scope(5)), so it is in their description. Fields
// that are empty or 0 are left out.
type Status struct {
	Name, ID  string // the container's
	State     string // creating, running, stopped
	PID       int    // of the container's init
	LogDriver string
	Lost      uint64 // records of its output that a log does not have
}

// maxDescription is how many bytes a description has at most.
const maxDescription = 512

// String is the description: "conmon of container web (0123456789ab): running,
// pid 77, log journald, 3 records lost". The ID is cut to 12 characters, as podman and
// CRI-O show it.
func (s Status) String() string {
	var b strings.Builder
	b.WriteString("conmon of container ")
	id := s.ID[:min(len(s.ID), 12)]
	switch {
	case s.Name == "":
		b.WriteString(id)
	default:
		fmt.Fprintf(&b, "%s (%s)", s.Name, id)
	}
	separator := ": "
	add := func(given bool, format string, value any) {
		if given {
			b.WriteString(separator)
			fmt.Fprintf(&b, format, value)
			separator = ", "
		}
	}
	add(s.State != "", "%s", s.State)
	add(s.PID != 0, "pid %d", s.PID)
	add(s.LogDriver != "", "log %s", s.LogDriver)
	add(s.Lost != 0, "%d records lost", s.Lost)
	return clean(b.String())
}

// clean makes a text fit for a D-Bus string on one line: valid UTF-8, nothing
// that does not print, bounded.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "?")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
	if len(text) <= maxDescription {
		return text
	}
	cut := maxDescription
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// ErrNotScope: the description of a unit that is not a scope is its owner's.
var ErrNotScope = errors.New("not a scope")

// Describe sets the description of a scope, for as long as it lives. It does not
// wait; the Request says how it went. It is for a container's own monitor, when
// the container has begun to run: those of exec sessions are in the same scope,
// and so is, with a restart policy, the successor of a monitor that ends, whose
// description a last word would replace.
//
// Only the description and what limits resources can be set on a running scope
// (dbus-scope.c of systemd). It costs the manager, which writes it to a file
// below /run, about a quarter of what the start of a scope does.
func (m Manager) Describe(scope, text string) (*Request, error) {
	what := "describe " + scope
	if !strings.HasSuffix(scope, ".scope") {
		return nil, fmt.Errorf("%s: %w", what, ErrNotScope)
	}
	return m.ask(what, &description{unit: scope, text: clean(text)})
}

// description is the conversation: one call, one answer.
type description struct {
	unit, text string
	call       uint32
}

// begin queues SetUnitProperties(name, runtime, properties).
func (d *description) begin(c *bus.Conn) {
	call := manager(setUnitProperties, "sba(sv)")
	a := &call.Args
	a.String(d.unit)
	a.Bool(true)
	a.Array(8, func() {
		a.Property("Description", "s", func() { a.String(d.text) })
	})
	d.call = c.Call(call)
}

func (d *description) hear(_ *bus.Conn, m bus.Message) (bool, error) {
	if m.Type == bus.TypeSignal || m.ReplySerial != d.call {
		return false, nil
	}
	return m.Type != bus.TypeError, m.Err()
}
