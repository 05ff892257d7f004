package attach

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

func TestParseKeys(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "ctrl-p,ctrl-q": "\x10\x11", "a": "a", "a,b,Z": "abZ", "ctrl-a,x": "\x01x", "-": "-",
		"ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_": "\x00\x1b\x1c\x1d\x1e\x1f",
	} {
		if got, err := ParseKeys(in); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		",", "a,", "ctrl-", "ctrl-P", "ctrl-?", "ctrl-pp", "ctrl", "ab", "ä", "\xff", "ctrl-\xff", " a",
		strings.Repeat("a,", MaxKeys) + "a",
	} {
		if got, err := ParseKeys(in); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("detach keys %q: ", in)) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	for _, s := range []string{"", DefaultKeys, "a,ctrl-[", "ctrl-@", ",", "ctrl-,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		keys, err := ParseKeys(s)
		if err != nil {
			if keys != nil {
				t.Errorf("%q: an error, and %q", s, keys)
			}
			return
		}
		names := strings.Split(s, ",")
		if s != "" && len(keys) != len(names) || len(keys) > MaxKeys {
			t.Fatalf("%q: %q", s, keys)
		}
		for i, b := range keys {
			if b >= 0x80 || len(names[i]) > 1 && b > 0x1f {
				t.Errorf("%q: %q", s, keys)
			}
		}
	})
}

// FuzzDetector: however what is typed is cut, the container gets what is before
// the keys, or all of it if they are not there.
func FuzzDetector(f *testing.F) {
	for _, s := range [][2]string{
		{"\x10\x11", "ls\n\x10\x10\x11rest"},
		{"\x10\x11", "\x10x\x10"},
		{"aab", "aaab"},
		{"abab", "abaabab"},
		{"aa", "a"},
		{"", "abc"},
		{"abcabd", "abcabcabd"},
		{"a", "bab"},
	} {
		f.Add([]byte(s[0]), []byte(s[1]), uint64(0x9e3779b97f4a7c15))
	}
	f.Fuzz(func(t *testing.T, keys, typed []byte, cuts uint64) {
		keys = keys[:min(len(keys), MaxKeys)]
		want, _, there := bytes.Cut(typed, keys)
		if len(keys) == 0 {
			want, there = typed, false
		}
		d := NewDetector(keys)
		var got []byte
		found := false
		for rest := typed; len(rest) > 0 && !found; cuts = cuts>>3 | cuts<<61 {
			n := min(len(rest), int(cuts&7))
			got, found = d.Filter(got, rest[:n])
			rest = rest[n:]
			if cuts == 0 {
				cuts = 1
			}
		}
		if !found {
			got = append(got, d.Held()...)
		}
		if found != there || !bytes.Equal(got, want) {
			t.Errorf("keys %q in %q: %q, %t, want %q, %t", keys, typed, got, found, want, there)
		}
	})
}

// typed is a Stdin that keeps what it gets.
type typed struct {
	bytes.Buffer
	packets []int
	closed  bool
}

func (w *typed) Write(p []byte) (int, error) {
	w.packets = append(w.packets, len(p))
	return w.Buffer.Write(p)
}

func (w *typed) CloseWrite() error {
	w.closed = true
	return nil
}

func TestCopyInput(t *testing.T) {
	keys := []byte("\x10\x11")
	for _, tt := range []struct {
		in, want string
		detached bool
	}{
		{"ls\n", "ls\n", false},
		{"ls\n\x10\x11exit\n", "ls\n", true},
		{"\x10\x11", "", true},
		{"a\x10", "a\x10", false},
		{"", "", false},
		{strings.Repeat("\x10", 100000), strings.Repeat("\x10", 100000), false},
	} {
		for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
			var w typed
			err := CopyInput(&w, r, keys)
			if errors.Is(err, ErrDetached) != tt.detached || err != nil && !tt.detached {
				t.Errorf("%.20q: %v", tt.in, err)
			}
			if w.String() != tt.want || w.closed == tt.detached {
				t.Errorf("%.20q: %.20q, closed: %t", tt.in, w.String(), w.closed)
			}
			for _, n := range w.packets {
				if n < 1 || n > InputSize {
					t.Errorf("%.20q: a packet of %d bytes", tt.in, n)
				}
			}
		}
	}
}

// TestCopyInput_Errors: neither a reader nor a writer that fails ends the
// container's stdin.
func TestCopyInput_Errors(t *testing.T) {
	var w typed
	err := CopyInput(&w, io.MultiReader(strings.NewReader("x"), iotest.ErrReader(os.ErrDeadlineExceeded)), nil)
	if !errors.Is(err, os.ErrDeadlineExceeded) || w.String() != "x" || w.closed {
		t.Errorf("%v, %q, closed: %t", err, w.String(), w.closed)
	}
	if err := CopyInput(failing{}, strings.NewReader("x"), nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

// failing is a Stdin that has gone.
type failing struct{ broken }

func (failing) CloseWrite() error { panic("the end of input") }
