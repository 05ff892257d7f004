package wire

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseControl: what sscanf(3) "%d %d %d" makes of a line, within limits.
func TestParseControl(t *testing.T) {
	none := Command{}
	tests := []struct {
		line string
		want Command // none is an error
	}{
		{"1 24 80", Command{Resize, 24, 80}},
		{"1 0 0", Command{Resize, 0, 0}},
		{"1 1000 1000", Command{Resize, 1000, 1000}},
		{"1 1001 80", none},
		{"1 24 1001", none},
		{"1 -1 80", none},
		{"1 24 -80", none},
		{"1 -0 80", Command{Resize, 0, 80}},
		{"01 024 +0080", Command{Resize, 24, 80}}, // no octal
		{" \t1\v\f24\r80", Command{Resize, 24, 80}},
		{"1+24+80", Command{Resize, 24, 80}},
		{"1 24 80 junk", Command{Resize, 24, 80}},
		{"1 24 80junk", Command{Resize, 24, 80}},
		{"1 24 80\x00", Command{Resize, 24, 80}},
		{"1 24 80.5", Command{Resize, 24, 80}},
		{"1 24 0x10", Command{Resize, 24, 0}},
		{"1 0x10 80", none},
		{"1 10.5 80", none},
		{"0x1 24 80", none},
		{"1 + 24 80", none},
		{"1,24,80", none},
		{"1 24", none},
		{"1", none},
		{"", none},
		{"junk", none},
		{"\x001 24 80", none},
		{"2 0 0", Command{Reopen, 0, 0}},
		{"2 1000 1000", Command{Reopen, 0, 0}},
		{"2 0 1001", none},
		{"2", none},
		{"0 24 80", none},
		{"3 24 80", none},
		{"-1 24 80", none},
		{"4294967297 24 80", none}, // 1 in 32 bits
		{"1 99999999999999999999 80", none},
		{"1 -99999999999999999999 80", none},
	}
	for _, tt := range tests {
		got, err := parseControl(tt.line)
		if (err != nil) != (tt.want == none) || err == nil && got != tt.want {
			t.Errorf("%q: %v, %v, want %v", tt.line, got, err, tt.want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for line, want := range map[string]Command{
		"24 80":    {Resize, 24, 80},
		"1 24 80":  {Resize, 1, 24},
		" 5 6junk": {Resize, 5, 6},
		"1000 0":   {Resize, 1000, 0},
	} {
		if got, err := parseSize(line); got != want || err != nil {
			t.Errorf("%q: %v, %v, want %v", line, got, err, want)
		}
	}
	for _, line := range []string{"", "24", "24 x", "24 1001", "-1 80"} {
		if got, err := parseSize(line); err == nil {
			t.Errorf("%q: %v", line, got)
		}
	}
}

// read gives a stream to a parser in pieces of the given sizes, the last again
// and again, and returns what came of it.
func read(stream []byte, sizes []byte) (got []string) {
	var l lines
	for i := 0; len(stream) > 0; i++ {
		n := len(stream)
		if len(sizes) > 0 {
			n = min(n, int(sizes[min(i, len(sizes)-1)])+1)
		}
		l.add(stream[:n], func(line string) {
			if len(line) >= maxLine {
				got = append(got, "too long: "+strconv.Itoa(len(line)))
			}
			if c, err := parseControl(line); err == nil {
				got = append(got, strconv.Itoa(int(c.Kind))+" "+strconv.Itoa(int(c.Rows))+" "+strconv.Itoa(int(c.Cols)))
			}
		}, func() { got = append(got, "broken") })
		stream = stream[n:]
	}
	return got
}

// TestLines: each stream means the same however it comes.
func TestLines(t *testing.T) {
	const command = "1 24 80\n"
	x := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		stream string
		want   []string
	}{
		{command + command, []string{"1 24 80", "1 24 80"}},
		{"1 24 80", nil},
		{"junk\n" + command, []string{"1 24 80"}},
		{"\n\n" + command, []string{"1 24 80"}},
		{x(198) + "\n" + command, []string{"1 24 80"}},
		{x(199) + command, []string{"broken", "1 24 80"}},
		{x(199) + "\n" + command, []string{"broken", "1 24 80"}},
		{x(198) + command, []string{"broken"}},
		{x(3*199) + command, []string{"broken", "broken", "broken", "1 24 80"}},
		{"1 24 80" + strings.Repeat(" ", 191) + "\n", []string{"1 24 80"}},
		{"1 24 80" + strings.Repeat(" ", 192) + "\n", []string{"broken"}},
	}
	for _, tt := range tests {
		for _, sizes := range [][]byte{nil, {0}, {99, 98, 0}, {198}, {2}, {197}} {
			if diff := cmp.Diff(tt.want, read([]byte(tt.stream), sizes)); diff != "" {
				t.Errorf("%q in pieces of %v:\n%s", tt.stream, sizes, diff)
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	x := strings.Repeat("x", 199)
	for _, stream := range []string{
		"1 24 80\n", "2 0 0\n1 1 1\n", x, x[:100] + x[:99] + "1 24 80\n", "junk\n1 0x10 5\n1 10.5 5\n1 5 5 junk\n",
		"1 1001 5\n1 -1 5\n1+2+3\n", "\n\x00\n", x + x + "\n2 0 0\n",
	} {
		f.Add([]byte(stream), []byte{})
		f.Add([]byte(stream), []byte{0})
		f.Add([]byte(stream), []byte{99, 98, 7})
	}
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		whole := read(stream, nil)
		if diff := cmp.Diff(whole, read(stream, sizes)); diff != "" {
			t.Errorf("in pieces of %v:\n%s", sizes, diff)
		}
		for _, c := range whole {
			if strings.HasPrefix(c, "too long") {
				t.Error(c)
			}
		}
	})
}
