package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestKeyOf(t *testing.T) {
	tests := []struct {
		api  int
		exec bool
		want Key
	}{{0, false, "pid"}, {0, true, "exit_code"}, {1, false, "data"}, {1, true, "data"}, {2, true, "data"}}
	for _, tt := range tests {
		if got := KeyOf(tt.api, tt.exec); got != tt.want {
			t.Errorf("KeyOf(%d, %v) = %s, want %s", tt.api, tt.exec, got, tt.want)
		}
	}
}

func TestMessage_Append(t *testing.T) {
	tests := []struct {
		m    Message
		want string
	}{
		{Message{KeyOf(0, false), 1234, ""}, "{\"pid\": 1234}\n"},
		{Message{KeyOf(1, false), 1234, ""}, "{\"data\": 1234}\n"},
		{Message{KeyOf(0, true), 5, ""}, "{\"exit_code\": 5}\n"},
		{Message{KeyOf(1, true), 0, ""}, "{\"data\": 0}\n"},
		{Message{KeyOf(0, false), -1, "oh"}, "{\"pid\": -1, \"message\": \"oh\"}\n"},
		{Message{KeyOf(0, true), -1, "command timed out"}, "{\"exit_code\": -1, \"message\": \"command timed out\"}\n"},
		{Message{KeyData, -1, "a\\b\"c/d\ne\rf\tg\bh\fi"}, `{"data": -1, "message": "a\\b\"c\/d\ne\rf\tg\bh\fi"}` + "\n"},
		{Message{KeyData, -1, "\x00\x01\x0b\x1b\x1f\x7f"}, `{"data": -1, "message": "\u0000\u0001\u000b\u001b\u001f\u007f"}` + "\n"},
		{Message{KeyData, -1, "größer €"}, "{\"data\": -1, \"message\": \"größer €\"}\n"},
		{Message{KeyData, -1, "\x80x\xff\xe2\x82"}, "{\"data\": -1, \"message\": \"\x80x\xff\xe2\x82\"}\n"},
	}
	for _, tt := range tests {
		if got := string(tt.m.Append([]byte("before"))); got != "before"+tt.want {
			t.Errorf("%+v:\n%q, want\n%q", tt.m, got, tt.want)
		}
	}
}

// TestMessage_Append_Cut: a text that is too long keeps what fits, in whole
// characters and whole escapes, wherever the cut falls.
func TestMessage_Append_Cut(t *testing.T) {
	head := len(`{"data": -1, "message": "`)
	room := MaxMessage - head - len(end)
	for _, char := range []string{"x", "\"", "\x01", "é", "€", "😀", "\xff"} {
		size := len(appendEscaped(nil, char))
		for shift := range 8 {
			text := strings.Repeat("x", shift) + strings.Repeat(char, MaxMessage)
			line := Message{KeyData, -1, text}.Append(nil)
			want := head + shift + (room-shift)/size*size + len(end)
			if len(line) != want || !bytes.HasSuffix(line, []byte(end)) || !json.Valid(line) {
				t.Errorf("%q after %d: %d bytes, want %d, ends in %q", char, shift, len(line), want, line[len(line)-10:])
			}
		}
	}
	exact := Message{KeyData, -1, strings.Repeat("x", room)}.Append(nil)
	if len(exact) != MaxMessage {
		t.Errorf("a text that just fits: %d bytes", len(exact))
	}
}

// escaped is what conmon makes of a text, byte by byte.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch i := strings.IndexByte("\\\"/\n\r\t\b\f", c); {
		case i >= 0:
			b.WriteString(`\` + `\"/nrtbf`[i:i+1])
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, `\u00%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func FuzzMessage(f *testing.F) {
	f.Add(1, "")
	f.Add(-1, "runc create failed: \"/bin/x\": no such file or directory\n")
	f.Add(-1, "größer €\x00\x7f\u2028")
	f.Add(-1, "\xe2\x82")
	f.Add(-1, strings.Repeat("€/", 2000))
	f.Fuzz(func(t *testing.T, value int, text string) {
		line := Message{KeyData, value, text}.Append(nil)
		if len(line) > MaxMessage || bytes.IndexByte(line, '\n') != len(line)-1 || !json.Valid(line) {
			t.Fatalf("no message: %q", line)
		}
		var got struct {
			Data    int
			Message *string
		}
		if err := json.Unmarshal(line, &got); err != nil || got.Data != value || (got.Message != nil) != (text != "") {
			t.Fatalf("%q is %+v, %v", line, got, err)
		}
		if text == "" {
			return
		}
		_, kept, _ := bytes.Cut(line, []byte(`, "message": "`))
		kept = bytes.TrimSuffix(kept, []byte(end))
		whole := escaped(text)
		switch {
		case !strings.HasPrefix(whole, string(kept)):
			t.Errorf("%q is not conmon's %q", kept, whole)
		case len(kept) < len(whole) && len(line) <= MaxMessage-len(`\u0000`):
			t.Errorf("cut at %d bytes", len(line))
		case utf8.ValidString(text) && (!utf8.Valid(line) || !strings.HasPrefix(text, *got.Message)):
			t.Errorf("%q is not the front of %q", *got.Message, text)
		case utf8.ValidString(text) && len(kept) == len(whole) && *got.Message != text:
			t.Errorf("%q became %q", text, *got.Message)
		}
	})
}
