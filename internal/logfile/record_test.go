package logfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// stamp is 2026-11-21T09:19:22.03246595 an hour east of UTC.
func stamp() *Stamp {
	s := new(Stamp)
	s.Set(1795249162, 32465950, 3600)
	return s
}

func TestRecords_Golden(t *testing.T) {
	const cri, utc = "2026-11-21T09:19:22.032465950+01:00 ", `,"time":"2026-11-21T08:19:22.03246595Z"}`
	tests := []struct {
		stream    int
		text      string
		partial   bool
		k8s, json string
	}{
		{0, "hello", false, "stdout F hello", `{"log":"hello\n","stream":"stdout"`},
		{1, "hello", false, "stderr F hello", `{"log":"hello\n","stream":"stderr"`},
		{0, "hel", true, "stdout P hel", `{"log":"hel","stream":"stdout"`},
		{1, "hel", true, "stderr P hel", `{"log":"hel","stream":"stderr"`},
		{0, "", false, "stdout F ", `{"log":"\n","stream":"stdout"`},
		{0, "a\r\t\x00\x7f", false, "stdout F a\r\t\x00\x7f", `{"log":"a\r\u0009\u0000` + "\x7f" + `\n","stream":"stdout"`},
		{0, `<a href="x">\ &`, false, `stdout F <a href="x">\ &`, `{"log":"\u003ca href=\"x\"\u003e\\ \u0026\n","stream":"stdout"`},
		{0, "ä€🎈\u2028\u2029\ufffd", false, "stdout F ä€🎈\u2028\u2029\ufffd", `{"log":"ä€🎈\u2028\u2029` + "\ufffd" + `\n","stream":"stdout"`},
		{0, "a\xffb\xe2\x82", true, "stdout P a\xffb\xe2\x82", `{"log":"a\udcffb\udce2\udc82","stream":"stdout"`},
		{0, "\xed\xb0\x80", false, "stdout F \xed\xb0\x80", `{"log":"\udced\udcb0\udc80\n","stream":"stdout"`},
	}
	for _, tt := range tests {
		dst := make([]byte, 512)
		if got, want := string(dst[:K8s(dst, stamp(), tt.stream, []byte(tt.text), tt.partial)]), cri+tt.k8s+"\n"; got != want {
			t.Errorf("k8s-file %q: %q, want %q", tt.text, got, want)
		}
		if got, want := string(dst[:JSON(dst, stamp(), tt.stream, []byte(tt.text), tt.partial)]), tt.json+utc+"\n"; got != want {
			t.Errorf("json-file %q:\n got %s\nwant %s", tt.text, got, want)
		}
	}
}

// goEscapes turns what encoding/json writes into what Docker writes: Go has
// short forms for three more control characters.
var goEscapes = strings.NewReplacer(`\\`, `\\`, `\b`, `\u0008`, `\f`, `\u000c`, `\t`, `\u0009`)

// TestJSON_Escapes: every character below U+3000 and some beyond, at each place
// of the eight bytes that are looked at together, is written as encoding/json
// writes it, but for Docker's three differences.
func TestJSON_Escapes(t *testing.T) {
	dst := make([]byte, 256)
	check := func(r rune, shift int) {
		text := strings.Repeat("x", shift) + string(r) + "yz"
		want, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		got := dst[:JSON(dst, stamp(), 0, []byte(text), true)]
		got = bytes.TrimPrefix(got, []byte(`{"log":`))[:len(goEscapes.Replace(string(want)))]
		if string(got) != goEscapes.Replace(string(want)) {
			t.Errorf("U+%04X after %d: %s, want %s", r, shift, got, want)
		}
	}
	for r := rune(0); r < 0x3000; r++ {
		for shift := range 9 {
			if r < 0x100 || r >= 0x2000 || shift == 0 {
				check(r, shift)
			}
		}
	}
	for _, r := range []rune{0xd7ff, 0xe000, 0xfffd, 0xfffe, 0x10000, utf8.MaxRune} {
		check(r, 6)
	}
}

// TestRecords_Room: a record is written if it fits, whatever is beyond, and
// nothing beyond its length is counted on.
func TestRecords_Room(t *testing.T) {
	for _, text := range []string{"", "a", "0123456789abcdef", "<>&\"\\\n\x01\xff\u2028", strings.Repeat("é", 40)} {
		for _, partial := range []bool{false, true} {
			for name, write := range map[string]func(dst []byte) int{
				"k8s-file":  func(dst []byte) int { return K8s(dst, stamp(), 1, []byte(text), partial) },
				"json-file": func(dst []byte) int { return JSON(dst, stamp(), 1, []byte(text), partial) },
			} {
				large := make([]byte, 1024)
				n := write(large)
				for size := range n + 80 {
					dst := make([]byte, size)
					got := write(dst)
					if (size < n && got != 0) || (size >= n && !bytes.Equal(dst[:got], large[:n])) {
						t.Fatalf("%s %q in %d bytes: %d, %q", name, text, size, got, dst)
					}
				}
			}
		}
	}
}

// TestK8sLines: the records are those that K8s writes one by one, in any room, and
// the end comes only before a line that is too long or unfinished, or for want of
// room.
func TestK8sLines(t *testing.T) {
	const longest = 70
	texts := []string{
		"", "\n", "no end", "a\n\nbc\nrest",
		strings.Repeat("x", longest) + "\n" + strings.Repeat("y", longest+1) + "\nz\n",
		strings.Repeat("The quick brown fox.\n", 9),
	}
	for _, text := range texts {
		for stream := range 2 {
			out, used, ends := make([]byte, 0, 4096), 0, map[int]int{0: 0}
			for line := range strings.Lines(text) {
				if !strings.HasSuffix(line, "\n") || len(line)-1 > longest {
					break
				}
				n := K8s(out[len(out):cap(out)], stamp(), stream, []byte(line[:len(line)-1]), false)
				out, used = out[:len(out)+n], used+len(line)
				ends[len(out)] = used
			}
			for room := range len(out) + 2*len(k8sHead{}) {
				dst := make([]byte, room)
				n, used := K8sLines(dst, stamp(), stream, []byte(text), longest)
				if end, ok := ends[n]; !ok || used != end || !bytes.Equal(dst[:n], out[:n]) {
					t.Fatalf("%q in %d bytes: %d of %d, %q", text, room, n, used, dst[:n])
				}
				if n < len(out) && n+len(k8sHead{})+longest+1 <= room {
					t.Fatalf("%q in %d bytes: only %d of %d", text, room, n, used)
				}
			}
		}
	}
}

func TestLen(t *testing.T) {
	dst := make([]byte, 8192)
	for _, text := range []string{"", "plain", strings.Repeat("\xff", 999), strings.Repeat("\x00", 999)} {
		if n := K8s(dst, stamp(), 0, []byte(text), false); n != K8sLen(len(text)) {
			t.Errorf("k8s-file %.9q: %d, not %d", text, n, K8sLen(len(text)))
		}
		s := new(Stamp)
		s.Set(1, 999_999_999, 0)
		if n := JSON(dst, s, 0, []byte(text), false); n == 0 || n > JSONLen(len(text)) {
			t.Errorf("json-file %.9q: %d, not at most %d", text, n, JSONLen(len(text)))
		}
	}
}

func TestNoAllocation(t *testing.T) {
	dst, s := make([]byte, 4096), stamp()
	text := []byte("a line <of text> \xff \u2028 with all that is escaped")
	nsec := int32(0)
	if n := testing.AllocsPerRun(100, func() {
		nsec++
		s.Set(int64(nsec), nsec, 0)
		if K8s(dst, s, 0, text, false) == 0 || JSON(dst, s, 1, text, true) == 0 {
			t.Fatal("no room")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzJSON: whatever the text, a record is JSON, and for UTF-8 encoding/json
// reads the text that it was made of.
func FuzzJSON(f *testing.F) {
	f.Add([]byte("plain"), false)
	f.Add([]byte("<&>\"\\\u2028\x00\r\n\t\x7f"), true)
	f.Add([]byte("0123456\xe2\x82"), true)
	f.Add([]byte("aaaaaaa\u2029bbbbbbb\xed\xa0\x80"), false)
	f.Fuzz(func(t *testing.T, text []byte, partial bool) {
		dst := make([]byte, JSONLen(len(text)))
		rec := dst[:JSON(dst, stamp(), 0, text, partial)]
		var got struct{ Log, Stream, Time string }
		if err := json.Unmarshal(rec, &got); err != nil {
			t.Fatalf("%q: %v", rec, err)
		}
		if bytes.IndexByte(rec, '\n') != len(rec)-1 {
			t.Fatalf("%q is not one line", rec)
		}
		want := string(text)
		if !partial {
			want += "\n"
		}
		if utf8.ValidString(want) && got.Log != want {
			t.Fatalf("%q, want %q", got.Log, want)
		}
	})
}

func line100() []byte { return bytes.Repeat([]byte("The quick brown fox. "), 5)[:99] }

func BenchmarkK8s(b *testing.B) {
	benchmark(b, line100(), K8s)
}

func BenchmarkK8sLines(b *testing.B) {
	text := bytes.Repeat(append(line100(), '\n'), 600)
	dst, s := make([]byte, 128<<10), stamp()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, used := K8sLines(dst, s, 0, text, 1<<10); used != len(text) {
			b.Fatal(used)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	benchmark(b, line100(), JSON)
}

func BenchmarkJSON_NonASCII(b *testing.B) {
	benchmark(b, []byte(strings.Repeat("Ёлка зелёная. ", 4)), JSON)
}

func BenchmarkJSON_Escapes(b *testing.B) {
	benchmark(b, bytes.Repeat([]byte(`{"level":"info"}`), 6), JSON)
}

func benchmark(b *testing.B, text []byte, write func([]byte, *Stamp, int, []byte, bool) int) {
	dst, s := make([]byte, 64<<10), stamp()
	b.SetBytes(int64(len(text) + 1))
	n := 0
	for b.Loop() {
		w := write(dst[n:], s, 0, text, false)
		if n += w; w == 0 {
			n = 0
		}
	}
}

func BenchmarkStamp_Set(b *testing.B) {
	s := new(Stamp)
	nsec := int32(0)
	for b.Loop() {
		nsec++
		s.Set(1795252762, nsec&(1<<29-1), 3600)
	}
}
