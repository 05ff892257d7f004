package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unitmon/unitmon/cmd/unitmon/internal/ui"
	"github.com/unitmon/unitmon/internal/container"
)

// export is an entry in the journal's export format.
func export(fields ...string) string { return strings.Join(fields, "\n") + "\n\n" }

// copyMessages shows entries in the export format.
func copyMessages(in string, l *logOutput) error {
	j := &journalLog{out: l}
	return decode(bufio.NewReader(strings.NewReader(in)), l, j.entry)
}

func TestJournal_Messages(t *testing.T) {
	const binary = "MESSAGE\n\x04\x00\x00\x00\x00\x00\x00\x00a\nb\xff"
	in := export("PRIORITY=6", "MESSAGE=out") + export("PRIORITY=3", "MESSAGE=err") + export("MESSAGE=none") +
		export("PRIORITY=6", "MESSAGE=par", "CONTAINER_PARTIAL_MESSAGE=true") + export("PRIORITY=6", "MESSAGE=tial") +
		export("PRIORITY=6", binary) + export("PRIORITY=6", "MESSAGE=")
	var out, errs bytes.Buffer
	if err := copyMessages(in, newLogOutput(&out, &errs, false)); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "out\nnone\npartial\na\nb\xff\n\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	if got := errs.String(); got != "err\n" {
		t.Errorf("stderr %q", got)
	}
}

// TestJournal_Order: where both streams go to the same place they stay in order.
func TestJournal_Order(t *testing.T) {
	in := export("MESSAGE=1") + export("MESSAGE=2", "PRIORITY=3") + export("MESSAGE=3") + export("MESSAGE=4", "PRIORITY=3") + export("MESSAGE=5")
	var both bytes.Buffer
	if err := copyMessages(in, newLogOutput(&both, &both, false)); err != nil || both.String() != "1\n2\n3\n4\n5\n" {
		t.Errorf("%q, %v", both.String(), err)
	}
}

// full is a writer that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, fs.ErrClosed }

func TestJournal_Errors(t *testing.T) {
	if err := copyMessages(export("MESSAGE=x"), newLogOutput(full{}, full{}, false)); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a writer that fails: %v", err)
	}
	var out bytes.Buffer
	err := copyMessages(export("MESSAGE=x")+"MESSAGE\n\xff", newLogOutput(&out, &out, false))
	if err == nil || out.String() != "x\n" {
		t.Errorf("an entry that is cut off: %v, %q", err, out.String())
	}
}

// TestJournal_Timestamps: a line has the time of its first piece.
func TestJournal_Timestamps(t *testing.T) {
	in := export("__REALTIME_TIMESTAMP=1000000", "_SOURCE_REALTIME_TIMESTAMP=999999", "MESSAGE=a") +
		export("__REALTIME_TIMESTAMP=2000001", "MESSAGE=b", "CONTAINER_PARTIAL_MESSAGE=true") +
		export("__REALTIME_TIMESTAMP=2500000", "PRIORITY=3", "MESSAGE=e") +
		export("__REALTIME_TIMESTAMP=3000000", "MESSAGE=c") + export("MESSAGE=d")
	var out, errs bytes.Buffer
	if err := copyMessages(in, newLogOutput(&out, &errs, true)); err != nil {
		t.Fatal(err)
	}
	stamp := func(us int64) string { return time.UnixMicro(us).Format(stampFormat) }
	if got, want := out.String(), stamp(999999)+" a\n"+stamp(2000001)+" bc\nd\n"; got != want {
		t.Errorf("stdout %q, want %q", got, want)
	}
	if got, want := errs.String(), stamp(2500000)+" e\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

// TestJournal_JSON: both streams are on stdout, each piece on its line, bytes that
// are no UTF-8 in base64.
func TestJournal_JSON(t *testing.T) {
	in := export("__REALTIME_TIMESTAMP=1000000", "MESSAGE=a\"<b", "PRIORITY=3") + export("MESSAGE=b\xff", "CONTAINER_PARTIAL_MESSAGE=true")
	var out, errs bytes.Buffer
	l := newLogOutput(&out, &errs, false)
	l.json = ui.JSONLine
	if err := copyMessages(in, l); err != nil {
		t.Fatal(err)
	}
	stamp := time.UnixMicro(1000000).Format(time.RFC3339Nano)
	want := `{"time":"` + stamp + `","stream":"stderr","partial":false,"message":"a\"<b"}` + "\n" +
		`{"stream":"stdout","partial":true,"messageBase64":"Yv8="}` + "\n"
	if out.String() != want || errs.Len() != 0 {
		t.Errorf("stdout %s, stderr %s, want %s", out.String(), errs.String(), want)
	}
}

// TestJournal_Session: what an exec session writes is no part of the container's
// unfinished line, nor that of what the session has left unfinished.
func TestJournal_Session(t *testing.T) {
	const partial, session = "CONTAINER_PARTIAL_MESSAGE=true", "CONTAINER_EXEC_ID=0123abcd"
	in := export("MESSAGE=a", partial) + export("MESSAGE=b", partial) + export("MESSAGE=x", session) + export("MESSAGE=y", partial, session) +
		export("MESSAGE=z", partial, session) + export("MESSAGE=c", partial) + export("MESSAGE=e", "PRIORITY=3", session)
	var out, errs bytes.Buffer
	l := newLogOutput(&out, &errs, false)
	if err := copyMessages(in, l); err != nil || out.String() != "ab\nx\nyz\nc" || errs.String() != "e\n" {
		t.Errorf("%q, %q, %v", out.String(), errs.String(), err)
	}
	out.Reset()
	l.json = ui.JSONLine
	want := `{"stream":"stdout","session":"0123abcd","partial":false,"message":"x"}` + "\n" + `{"stream":"stdout","partial":false,"message":"y"}` + "\n"
	if err := copyMessages(export("MESSAGE=x", session)+export("MESSAGE=y"), l); err != nil || out.String() != want {
		t.Errorf("%s, %v, want %s", out.String(), err, want)
	}
}

// TestJournal_Clean: what a terminal would obey is shown.
func TestJournal_Clean(t *testing.T) {
	var out bytes.Buffer
	l := newLogOutput(&out, &out, false)
	l.clean = ui.Clean
	if err := copyMessages(export("MESSAGE=a\x1b[2Jb"), l); err != nil || out.String() != "a\\x1b[2Jb\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestLastWords: of what a failed journalctl says the last line is its error, and
// of much only the end is kept.
func TestLastWords(t *testing.T) {
	exit := errors.New("exit status 1")
	for said, want := range map[string]string{
		"": "journalctl: exit status 1", "a\nFailed to x\n": "journalctl: Failed to x", "cut": "journalctl: cut",
		strings.Repeat("x\n", 1<<20) + "end\n": "journalctl: end",
	} {
		var l lastWords
		for piece := range slices.Chunk([]byte(said), 1000) {
			_, _ = l.Write(piece)
		}
		if err := l.failure(exit); err.Error() != want || len(l) > 4<<10 {
			t.Errorf("%d bytes: %v, want %s; %d are kept", len(said), err, want, len(l))
		}
	}
}

func TestParseSince(t *testing.T) {
	zone := time.FixedZone("", 3600)
	now := time.Date(2026, 11, 21, 9, 19, 22, 500, zone)
	at := func(d, h, m, s int) time.Time { return time.Date(2026, 11, d, h, m, s, 0, zone) }
	for s, want := range map[string]time.Time{
		"2026-11-20 08:07:06": at(20, 8, 7, 6), "2026-11-20 08:07": at(20, 8, 7, 0), "2026-11-20": at(20, 0, 0, 0),
		"2026-11-20 08:07:06.5": at(20, 8, 7, 6).Add(time.Second / 2), "2026-11-20 08:07:06 UTC": at(20, 9, 7, 6),
		"2026-11-20T08:07:06": at(20, 8, 7, 6), "2026-11-20T08:07:06Z": at(20, 9, 7, 6),
		"2026-11-20T08:07:06.000000001+02:00": at(20, 7, 7, 6).Add(1),
		"08:07":                               at(21, 8, 7, 0), "08:07:06": at(21, 8, 7, 6), " today ": at(21, 0, 0, 0), "yesterday": at(20, 0, 0, 0),
		"tomorrow": at(22, 0, 0, 0), "now": now, "-5min": now.Add(-5 * time.Minute), "5min ago": now.Add(-5 * time.Minute),
		"+1h 30min": now.Add(90 * time.Minute), "5s left": now.Add(5 * time.Second), "10m": now.Add(-10 * time.Minute),
		"@1795249162.5": time.UnixMilli(1795249162500), "@0": time.Unix(0, 0),
	} {
		if got, ok := parseSince(s, now); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "x", "5", "-", "@", "ago", "2026-11-20 08:07:06 CET", "2026-13-01", "-infinity", "25:00", "--5min"} {
		if got, ok := parseSince(s, now); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func FuzzParseSince(f *testing.F) {
	f.Add("2026-11-20 08:07:06.5 UTC")
	f.Add("-5min 3s")
	f.Add("@1.5")
	f.Fuzz(func(t *testing.T, s string) {
		now := time.Unix(1795249162, 0)
		_, ok := parseSince(s, now)
		o := logsOptions{since: s}
		if arg := o.journalSince(now); ok && s != "" && !strings.HasPrefix(arg, "--since=") {
			t.Errorf("%q: %q", s, arg)
		}
	})
}

func TestSource(t *testing.T) {
	k8s, js := container.LogRecord{Driver: "k8s-file", Path: "/a"}, container.LogRecord{Driver: "json-file", Path: "/b"}
	jnl, none := container.LogRecord{Driver: "journal"}, container.LogRecord{Driver: "none"}
	for _, c := range []struct {
		logs []container.LogRecord
		want string
	}{
		{nil, "journal"},
		{[]container.LogRecord{jnl}, "journal"},
		{[]container.LogRecord{k8s, jnl}, "journal"},
		{[]container.LogRecord{k8s}, "k8s-file/a"},
		{[]container.LogRecord{js, k8s}, "json-file/b"},
		{[]container.LogRecord{none}, "container web: its output is not logged (--log none)"},
	} {
		l, err := source(&container.Record{Name: "web", Logs: c.logs})
		got := l.Driver + l.Path
		if err != nil {
			got = fmt.Sprint(err)
		}
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.logs, got, c.want)
		}
	}
}
