package loop

import (
	"bytes"
	"testing"
	"unicode/utf8"
)

func TestNextRecord(t *testing.T) {
	long := bytes.Repeat([]byte("x"), MaxLine)
	tests := []struct {
		name  string
		in    []byte
		force bool
		want  record
	}{
		{"nothing", nil, true, record{0, 0, true}},
		{"a line", []byte("ab\ncd\n"), false, record{2, 3, false}},
		{"an empty line", []byte("\nab"), false, record{0, 1, false}},
		{"an unfinished line waits", []byte("ab"), false, record{}},
		{"an unfinished line that may not wait", []byte("ab"), true, record{2, 2, true}},
		{"the longest whole line", append(bytes.Clone(long), '\n'), false, record{MaxLine, MaxLine + 1, false}},
		{"the longest line whose newline may come", long, false, record{}},
		{"a piece of a longer line", append(bytes.Clone(long), 'y'), false, record{MaxLine, MaxLine, true}},
		{"a newline far behind does not matter", append(append(bytes.Clone(long), 'y'), '\n'), false, record{MaxLine, MaxLine, true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := nextRecord(tt.in, tt.force); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestNextRecord_CutsBetweenRunes(t *testing.T) {
	for _, r := range []string{"é", "€", "🎈"} {
		for shift := range 4 {
			in := append(bytes.Repeat([]byte("x"), shift), bytes.Repeat([]byte(r), MaxLine)...)
			got := nextRecord(in, false)
			if !got.partial || got.text < MaxLine-3 || !utf8.Valid(in[:got.text]) {
				t.Errorf("%s shifted by %d: piece of %d bytes, valid %v", r, shift, got.text, utf8.Valid(in[:got.text]))
			}
		}
	}
}

func TestIndexNewline(t *testing.T) {
	for size := range 40 {
		b := bytes.Repeat([]byte{0x8a}, size)
		if got := indexNewline(b); got != -1 {
			t.Errorf("none in %d bytes: got %d", size, got)
		}
		for at := range size {
			b[at] = '\n'
			if got := indexNewline(b); got != at {
				t.Errorf("at %d of %d: got %d", at, size, got)
			}
			b[at] = 0x0b
		}
	}
}

// FuzzNextRecord shows that the records of any bytes, however they come, join
// to the same bytes, and that every piece makes progress within its limit.
func FuzzNextRecord(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), uint16(3))
	f.Add(bytes.Repeat([]byte("long€"), MaxLine/4), uint16(1000))
	f.Add([]byte{0, '\n', 0xff, 0xe2, 0x82}, uint16(1))
	f.Fuzz(func(t *testing.T, in []byte, step uint16) {
		var got []byte
		var held []byte
		take := func(force bool) {
			for {
				r := nextRecord(held, force)
				if r.used == 0 {
					return
				}
				if r.text > MaxLine || r.used > len(held) || r.text > r.used {
					t.Fatalf("record %+v of %d bytes", r, len(held))
				}
				got = append(got, held[:r.text]...)
				if !r.partial {
					got = append(got, '\n')
				}
				held = held[r.used:]
			}
		}
		rest := in
		for len(rest) > 0 {
			n := min(len(rest), max(int(step)+1, len(in)/200)) // each step looks at all that is held
			held, rest = append(held, rest[:n]...), rest[n:]
			take(false)
		}
		take(true)
		if !bytes.Equal(got, in) {
			t.Fatalf("%d bytes came back as %d", len(in), len(got))
		}
	})
}
