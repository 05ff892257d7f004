package read

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/logfile"
)

// logDir is a directory with a log in it.
type logDir struct {
	t    testing.TB
	path string
}

func newLog(t testing.TB) logDir { return logDir{t, filepath.Join(t.TempDir(), "log")} }

// write appends text to PATH.k.
func (d logDir) write(k int, text string) {
	d.t.Helper()
	path := d.path
	if k > 0 {
		path += "." + strconv.Itoa(k)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		d.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
}

// open opens the log; it is closed with the test.
func (d logDir) open(o Options) *Reader {
	d.t.Helper()
	r, err := Open(d.path, o)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := r.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return r
}

// all reads to the end.
func all(t testing.TB, r *Reader) []string {
	t.Helper()
	var list []string
	for {
		rec, err := r.Next(done())
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, show(rec))
	}
}

// done is a context that does not let anything wait.
func done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// line is a k8s-file record of stdout at a second of the minute.
func line(second int, text string) string { return record(second, "stdout F", text) }

func record(second int, kind, text string) string {
	return fmt.Sprintf("2026-11-21T08:00:%02d.000000000+00:00 %s %s\n", second, kind, text)
}

func at(second int) time.Time { return time.Date(2026, 11, 21, 8, 0, second, 0, time.UTC) }

func shown(second int, text string) string { return show(Record{Time: at(second), Text: []byte(text)}) }

func check(t testing.TB, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReader_Rotated(t *testing.T) {
	d := newLog(t)
	d.write(0, line(5, "e")+"foreign\n\n"+line(6, "f"))
	d.write(1, line(4, "d"))
	d.write(3, line(2, "b")+line(3, "c")) // PATH.2 is missing, as in the middle of a rotation
	d.write(4, line(1, "a"))
	d.write(7, line(0, "not of this log any more"))
	check(t, all(t, d.open(Options{Tail: -1})), shown(1, "a"), shown(2, "b"), shown(3, "c"), shown(4, "d"), shown(5, "e"),
		`- 0 "foreign"\n (no log record)`, `- 0 ""\n (no log record)`, shown(6, "f"))
	check(t, all(t, d.open(Options{Tail: -1, Since: at(4)})), shown(4, "d"), shown(5, "e"),
		`- 0 "foreign"\n (no log record)`, `- 0 ""\n (no log record)`, shown(6, "f"))
}

func TestReader_Tail(t *testing.T) {
	d := newLog(t)
	d.write(2, line(1, "a")+line(2, "b"))
	d.write(1, record(3, "stdout P", "c")+record(4, "stderr F", "x"))
	d.write(0, record(5, "stdout P", "c")+record(6, "stdout F", "c")+"2026-11-21T08:00:07.0000")
	c := []string{`08:00:03 0 "c"`, `08:00:05 0 "c"`, `08:00:06 0 "c"\n`}
	check(t, all(t, d.open(Options{Tail: 0})))
	check(t, all(t, d.open(Options{Tail: 1})), c...)
	check(t, all(t, d.open(Options{Tail: 2})), c[0], `08:00:04 1 "x"\n`, c[1], c[2])
	check(t, all(t, d.open(Options{Tail: 3})), shown(2, "b"), c[0], `08:00:04 1 "x"\n`, c[1], c[2])
	check(t, all(t, d.open(Options{Tail: 9})), shown(1, "a"), shown(2, "b"), c[0], `08:00:04 1 "x"\n`, c[1], c[2])
	check(t, all(t, d.open(Options{Tail: 9, Since: at(4)})), `08:00:04 1 "x"\n`, c[1], c[2])
}

// TestReader_TailLong reads backwards over many blocks.
func TestReader_TailLong(t *testing.T) {
	d := newLog(t)
	for i := range 3000 {
		d.write(0, line(i%60, strconv.Itoa(i)+strings.Repeat("x", i%97*3)))
	}
	whole := all(t, d.open(Options{Tail: -1}))
	for _, n := range []int{1, 2, 300, 1500, 2999, 3000, 3001} {
		check(t, all(t, d.open(Options{Tail: n})), whole[max(0, len(whole)-n):]...)
	}
}

func TestReader_Empty(t *testing.T) {
	d := newLog(t)
	for _, tail := range []int{-1, 0, 5} {
		check(t, all(t, d.open(Options{Tail: tail})))
		check(t, all(t, d.open(Options{Tail: tail, Follow: true})))
	}
	if d.open(Options{}).Found() {
		t.Error("a file was found where there is none")
	}
	d.write(0, "")
	check(t, all(t, d.open(Options{Tail: 3})))
	if !d.open(Options{}).Found() {
		t.Error("an empty file was not found")
	}
	if _, err := Open(filepath.Join(filepath.Dir(d.path), "none", "log"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if _, err := Open(filepath.Join(d.path, "log"), Options{}); err == nil {
		t.Error("a file for a directory is no error")
	}
	if _, err := Open(filepath.Dir(d.path), Options{}); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a directory: %v", err)
	}
}

// TestReader_Torn: a record at the live file's end that is not whole waits; one
// at the end of a rotated file is all that there will be.
func TestReader_Torn(t *testing.T) {
	d := newLog(t)
	whole := line(1, "abcdef")
	d.write(0, whole[:len(whole)-3])
	r := d.open(Options{Tail: -1})
	check(t, all(t, r))
	d.write(0, whole[len(whole)-3:])
	check(t, all(t, r), shown(1, "abcdef"))
	d.write(0, strings.TrimSuffix(line(2, "torn"), "\n"))
	if err := os.Rename(d.path, d.path+".1"); err != nil {
		t.Fatal(err)
	}
	d.write(0, line(3, "next"))
	check(t, all(t, d.open(Options{Tail: -1})), shown(1, "abcdef"), `08:00:02 0 "torn" (log record is cut off)`, shown(3, "next"))
}

// TestReader_Long: a line of any length is given, in bounded pieces.
func TestReader_Long(t *testing.T) {
	for _, format := range []Format{K8s, JSON} {
		d := newLog(t)
		text := strings.Repeat("0123456789abcdef", MaxRecord/8)
		d.write(0, line(1, text)+line(2, "next"))
		r := d.open(Options{Format: format, Tail: -1})
		var joined []byte
		for {
			rec, err := r.Next(done())
			if err != nil {
				t.Fatal(err)
			}
			if joined = append(joined, rec.Text...); !rec.Partial {
				break
			}
		}
		want := text
		if format == JSON { // where it is foreign
			want = strings.TrimSuffix(line(1, text), "\n")
		}
		if string(joined) != want {
			t.Errorf("%d bytes came back as %d", len(want), len(joined))
		}
		if cap(r.lines.buf) > MaxRecord {
			t.Errorf("the buffer has %d bytes", cap(r.lines.buf))
		}
		rec, err := r.Next(done())
		if err != nil || !strings.Contains(show(rec), "next") {
			t.Errorf("after it: %s, %v", show(rec), err)
		}
	}
}

// encode makes records of what a container wrote, in pieces of at most size
// bytes: cut at newlines, and anywhere, as when the output paused.
func encode(write func([]byte, *logfile.Stamp, int, []byte, bool) int, streams [2][]byte, size int) []byte {
	var out []byte
	dst, s := make([]byte, logfile.JSONLen(size)), new(logfile.Stamp)
	for n := 0; len(streams[0])+len(streams[1]) > 0; n++ {
		in := &streams[n%2]
		if len(*in) == 0 {
			continue
		}
		s.Set(1795249162, int32(n), 0)
		piece := (*in)[:min(size, len(*in))]
		text, _, full := bytes.Cut(piece, []byte{'\n'})
		used := len(text)
		if full {
			used++
		}
		*in = (*in)[used:]
		out = append(out, dst[:write(dst, s, n%2, text, !full)]...)
	}
	return out
}

// decode joins what the reader gives.
func decode(t *testing.T, r *Reader) (streams [2]string) {
	for {
		rec, err := r.Next(done())
		if errors.Is(err, io.EOF) {
			return streams
		}
		if err != nil || rec.Err != nil {
			t.Fatal(err, rec.Err)
		}
		text := string(rec.Text)
		if !rec.Partial {
			text += "\n"
		}
		streams[rec.Stream] += text
	}
}

// FuzzRoundTrip: what a container wrote comes back from both formats, byte for
// byte, whatever it is and however it was cut; for UTF-8 that is cut between
// characters, encoding/json reads the same from json-file.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), []byte("\n\nerr"), uint8(3))
	f.Add([]byte("<&>\"\\\u2028\x00\r\t\x7f"), []byte{0xff, 0xe2, 0x82, '\n', 0xac}, uint8(1))
	f.Add([]byte("€uro\n"), []byte("\xed\xb3\xbf\xed\xa0\xbd\n"), uint8(200))
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, size uint8) {
		want := [2]string{string(stdout), string(stderr)}
		for format, write := range map[Format]func([]byte, *logfile.Stamp, int, []byte, bool) int{K8s: logfile.K8s, JSON: logfile.JSON} {
			d := newLog(t)
			out := encode(write, [2][]byte{stdout, stderr}, int(size)+1)
			d.write(0, string(out))
			if got := decode(t, d.open(Options{Format: format, Tail: -1})); got != want {
				t.Fatalf("%q came back as %q", want, got)
			}
			if format == JSON {
				checkStandard(t, out, want)
			}
		}
	})
}

// checkStandard reads json-file with encoding/json.
func checkStandard(t *testing.T, out []byte, want [2]string) {
	var got [2]string
	clean := true
	for line := range bytes.Lines(out) {
		var v struct{ Log, Stream string }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		clean = clean && !bytes.Contains(line, []byte(`\udc`))
		stream, _ := streamOf(v.Stream)
		got[stream] += v.Log
	}
	if clean && got != want {
		t.Fatalf("%q came back from encoding/json as %q", want, got)
	}
	if clean && !(utf8.ValidString(want[0]) && utf8.ValidString(want[1])) {
		t.Fatalf("%q is no UTF-8, and no byte of it is escaped", want)
	}
}
