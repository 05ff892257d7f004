package journal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/journal"
)

func TestEntry_Encoding(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"MESSAGE", "hello", "MESSAGE=hello\n"},
		{"MESSAGE", "", "MESSAGE=\n"},
		{"MESSAGE", "a=b=c", "MESSAGE=a=b=c\n"},
		{"MESSAGE", "\x00\xff", "MESSAGE=\x00\xff\n"},
		{"MESSAGE", "\n", "MESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00\n\n"},
		{"A1_", "x\ny", "A1_\n\x03\x00\x00\x00\x00\x00\x00\x00x\ny\n"},
	}
	for _, tt := range tests {
		var s, b journal.Entry
		if err := errors.Join(s.AppendString(tt.name, tt.value), b.Append(tt.name, []byte(tt.value))); err != nil {
			t.Fatalf("append %q: %v", tt.value, err)
		}
		if got := string(s.Bytes()); got != tt.want {
			t.Errorf("AppendString(%q, %q) = %q, want %q", tt.name, tt.value, got, tt.want)
		}
		if !bytes.Equal(s.Bytes(), b.Bytes()) {
			t.Errorf("Append(%q) = %q, AppendString = %q", tt.value, b.Bytes(), s.Bytes())
		}
	}
}

func TestEntry_FieldNames(t *testing.T) {
	good := []string{"A", "Z9_", "MESSAGE", "A__", strings.Repeat("A", 64)}
	bad := []string{"", "_A", "9A", "a", "Message", "A B", "A-B", "A=", "A\n", "Ä", strings.Repeat("A", 65)}
	for _, name := range good {
		if err := new(journal.Entry).AppendString(name, "x"); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range bad {
		var e journal.Entry
		e.AppendString("KEPT", "x")
		before := e.Len()
		if err := e.AppendString(name, "x"); !errors.Is(err, journal.ErrField) {
			t.Errorf("%q: error %v, want ErrField", name, err)
		}
		if e.Len() != before {
			t.Errorf("%q changed the entry: %q", name, e.Bytes())
		}
	}
}

func TestEntry_TooLarge(t *testing.T) {
	half := make([]byte, journal.MaxEntry/2)
	var e journal.Entry
	if err := e.Append("A", half); err != nil {
		t.Fatal(err)
	}
	before := e.Len()
	if err := e.Append("B", half); !errors.Is(err, journal.ErrTooLarge) {
		t.Fatalf("error %v, want ErrTooLarge", err)
	}
	if e.Len() != before {
		t.Fatalf("length %d after the refusal, want %d", e.Len(), before)
	}
}

func TestEntry_Truncate(t *testing.T) {
	var e journal.Entry
	e.AppendString("FIXED", "1")
	fixed := e.Len()
	for _, message := range []string{"a long first message", "2", "two\nlines"} {
		e.Truncate(fixed)
		e.AppendString("MESSAGE", message)
		fields, err := journal.Parse(e.Bytes())
		if err != nil || len(fields) != 2 || fields.Get("FIXED") != "1" || fields.Get("MESSAGE") != message {
			t.Errorf("%q became %q, %v", message, fields, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Truncate beyond the end did not panic")
		}
	}()
	e.Truncate(0)
	e.Truncate(1)
}

func TestEntry_AppendDoesNotAllocate(t *testing.T) {
	e, fixed := containerEntry()
	line := bytes.Repeat([]byte("x"), 120)
	if n := testing.AllocsPerRun(100, func() { appendLine(e, fixed, line) }); n != 0 {
		t.Errorf("%v allocations per entry", n)
	}
}

// containerEntry returns an entry with the fields of a container encoded, and
// room for a line.
func containerEntry() (*journal.Entry, int) {
	id := strings.Repeat("0123456789abcdef", 4)
	e := new(journal.Entry)
	e.AppendString(journal.ContainerIDFull, id)
	e.AppendString(journal.ContainerID, id[:12])
	e.AppendString(journal.ContainerName, "web")
	e.AppendString(journal.ContainerTag, "web")
	e.AppendString(journal.SyslogIdentifier, "web")
	fixed := e.Len()
	appendLine(e, fixed, make([]byte, 4096))
	return e, fixed
}

func appendLine(e *journal.Entry, fixed int, line []byte) {
	e.Truncate(fixed)
	e.Append(journal.Message, line)
	e.AppendString(journal.Priority, "6")
}

func BenchmarkEntry(b *testing.B) {
	e, fixed := containerEntry()
	line := bytes.Repeat([]byte("x"), 120)
	b.ReportAllocs()
	for b.Loop() {
		appendLine(e, fixed, line)
	}
}
