package ui

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
)

func sample() *Table {
	t := &Table{Columns: []Column{{Head: "NAME"}, {Head: "STATE", State: true}, {Head: "PID", Right: true}, {Head: "ROOT", Cut: true}}}
	t.Add("web", "active (running)", "12", "/srv/containers/web/rootfs")
	t.Add("db", "failed (failed)", "1234", "host")
	t.Add("short")
	return t
}

func TestTable(t *testing.T) {
	for name, tc := range map[string]struct {
		out   Out
		quiet bool
		want  string
	}{
		"unlimited": {Out{}, false, "NAME   STATE              PID  ROOT\n" +
			"web    active (running)    12  /srv/containers/web/rootfs\n" +
			"db     failed (failed)   1234  host\n" +
			"short\n"},
		"narrow": {Out{Width: 44}, false, "NAME   STATE              PID  ROOT\n" +
			"web    active (running)    12  /srv/c…rootfs\n" +
			"db     failed (failed)   1234  host\n" +
			"short\n"},
		"color": {Out{Color: true, Width: 41}, false, "NAME   STATE              PID  ROOT\n" +
			"web    \x1b[32mactive (running)\x1b[0m    12  /srv/…otfs\n" +
			"db     \x1b[31mfailed (failed)\x1b[0m   1234  host\n" +
			"short\n"},
		"quiet": {Out{}, true, "web\ndb\nshort\n"},
	} {
		var b bytes.Buffer
		tc.out.W = &b
		if err := sample().Write(tc.out, tc.quiet); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if b.String() != tc.want {
			t.Errorf("%s:\n%q\nwant\n%q", name, b.String(), tc.want)
		}
	}
}

// TestTable_Spare: columns are left out only where shortening others is not
// enough, the most dispensable first.
func TestTable_Spare(t *testing.T) {
	for width, want := range map[int]string{
		0:  "NAME  UNIT         ROOT                 N\nweb   web.service  /srv/containers/web  12\n",
		31: "NAME  UNIT         ROOT      N\nweb   web.service  /srv…web  12\n",
		30: "NAME  ROOT                 N\nweb   /srv/containers/web  12\n",
		18: "NAME  ROOT      N\nweb   /srv…web  12\n",
		16: "NAME  ROOT\nweb   /srv/…/web\n",
	} {
		tab := &Table{Columns: []Column{{Head: "NAME"}, {Head: "UNIT", Spare: 1}, {Head: "ROOT", Cut: true}, {Head: "N", Spare: 2}}}
		tab.Add("web", "web.service", "/srv/containers/web", "12")
		var b bytes.Buffer
		if err := tab.Write(Out{W: &b, Width: width}, false); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%d wide:\n%s\nwant\n%s", width, b.String(), want)
		}
	}
}

// FuzzTable: no cell breaks the line, and no line is wider than it may be.
func FuzzTable(f *testing.F) {
	f.Add("a", "/some/long/path/with/a/name", 30)
	f.Add("\x1b[31m", "x\ny\xff", 0)
	f.Add("ünïcode", strings.Repeat("é", 80), 25)
	f.Fuzz(func(t *testing.T, a, b string, width int) {
		var out bytes.Buffer
		tab := &Table{Columns: []Column{{Head: "A", Cut: true}, {Head: "B", Cut: true}}}
		tab.Add(a, b)
		if err := tab.Write(Out{W: &out, Width: width}, false); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 2 {
			t.Fatalf("%d lines: %q", len(lines), out.String())
		}
		for _, l := range lines {
			if width >= 2*cutMin+len(gap) && utf8.RuneCountInString(l) > width {
				t.Errorf("%d characters, at most %d: %q", utf8.RuneCountInString(l), width, l)
			}
			if Clean(l) != l {
				t.Errorf("unclean %q", l)
			}
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 漢": "plain é 漢", "a\x1b[2J\n": `a\x1b[2J\x0a`, "\xff\u202e": `\xff\u202e`, "\uFFFD": "\uFFFD", "": "",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Unix(1e9, 0)
	for d, want := range map[time.Duration]string{
		-time.Hour: "now", 0: "now", 999 * time.Millisecond: "now", time.Second: "1 s ago", 59 * time.Second: "59 s ago", 3 * time.Minute: "3 min ago",
		5*time.Hour + time.Minute: "5 h ago", 47 * time.Hour: "1 day ago", 48 * time.Hour: "2 days ago",
	} {
		if got := Ago(now.Add(-d), now); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
	if got := Ago(time.Time{}, now); got != Dash {
		t.Errorf("never: %s", got)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{0: "0B", 1023: "1023B", 1024: "1K", 1536: "1.5K", 10 << 20: "10M", 1<<30 + 1<<29: "1.5G", 1<<64 - 1: "15E"} {
		if got := Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	v := []map[string]string{{"a": "<x>"}}
	if err := JSON(&b, v); err != nil {
		t.Fatal(err)
	}
	if err := JSONLine(&b, v); err != nil {
		t.Fatal(err)
	}
	if want := "[\n  {\n    \"a\": \"<x>\"\n  }\n]\n[{\"a\":\"<x>\"}]\n"; b.String() != want {
		t.Errorf("%s", b.String())
	}
}

// TestOf: a pipe has neither width nor colour; a terminal has both, unless the
// environment says otherwise.
func TestOf(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	if o := of(w); o.Terminal || o.Width != 0 || o.Color || o.State("failed") != "failed" {
		t.Errorf("pipe: %+v", o)
	}
	master, tty := openPTY(t)
	defer func() { _, _ = master.Close(), tty.Close() }()
	if o := of(tty); !o.Terminal || o.Width != 77 || !o.Color || o.State("failed") != "\x1b[31mfailed\x1b[0m" {
		t.Errorf("terminal: %+v", o)
	}
	for _, env := range [][2]string{{"NO_COLOR", "1"}, {"TERM", "dumb"}, {"TERM", ""}} {
		t.Run(env[0]+"="+env[1], func(t *testing.T) {
			t.Setenv(env[0], env[1])
			if of(tty).Color {
				t.Errorf("it has colours")
			}
		})
	}
}

func openPTY(t *testing.T) (master, tty *os.File) {
	t.Helper()
	master, tty, err := pty.Open()
	if err == nil {
		err = pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 77})
	}
	if err != nil {
		t.Fatal(err)
	}
	return master, tty
}

// said is a writer that tells of each write.
type said chan string

func (s said) Write(p []byte) (int, error) {
	s <- string(p)
	return len(p), nil
}

func TestProgress(t *testing.T) {
	due, w := make(chan time.Time, 1), make(said, 2)
	stop := progress(context.Background(), Out{W: w, Width: 6}, "waiting for x", due)
	due <- time.Time{}
	if got := <-w; got != "\rwa… x" {
		t.Errorf("said %q", got)
	}
	stop()
	if got := <-w; got != "\r     \r" {
		t.Errorf("took away with %q", got)
	}
	stop = progress(context.Background(), Out{W: w}, "quick", due)
	stop()
	if len(w) != 0 {
		t.Errorf("said something of what was quick: %q", <-w)
	}
	Progress(context.Background(), &bytes.Buffer{}, "no terminal")()
}
