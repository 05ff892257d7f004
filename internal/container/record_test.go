package container

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/conf"
	"github.com/unitmon/unitmon/journal"
)

func testRecord() *Record {
	return &Record{
		Version: recordVersion, Name: "web", ID: strings.Repeat("0123456789abcdef", 4), Stdio: StdioFIFO, SDNotify: NotifyUnit,
		Tag: "the tag", Labels: map[string]string{"b.c": "2", "a": "1 = \xff"}, Runtime: RuntimeRecord{"/usr/sbin/runc", []string{"--debug"}},
		IdleMS: -1, Gated: true, Terminal: true, Stdin: true, LeaveStdinOpen: true,
		Logs:      []LogRecord{{Driver: LogK8s, Path: "/var/log/web", MaxSize: 1 << 40, MaxFiles: 3}, {Driver: LogJournal}},
		LogPolicy: LogDrop, LogQueue: LogQueueMax, LogNoSync: true,
	}
}

func TestRecord_RoundTrip(t *testing.T) {
	d := Dir{t.TempDir()}
	want := testRecord()
	want.Labels["a"] = "1 = ä" // JSON is UTF-8
	if err := want.write(d); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRecord(d)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if entries, _ := os.ReadDir(d.Path); len(entries) != 1 {
		t.Errorf("%d files, want the record alone", len(entries))
	}
}

func TestReadRecord_Bad(t *testing.T) {
	d := Dir{t.TempDir()}
	if _, err := ReadRecord(d); !errors.Is(err, ErrNoContainer) {
		t.Errorf("no record: %v", err)
	}
	for text, want := range map[string]string{
		"":               d.record() + ": unexpected end of JSON input",
		"{":              d.record() + ": unexpected end of JSON input",
		`{"version":2}`:  d.record() + ": version 2 is not 1: it was written by another unitmon",
		`{}`:             d.record() + ": version 0 is not 1: it was written by another unitmon",
		`{"version":"1"`: d.record() + ": unexpected end of JSON input",
	} {
		if err := os.WriteFile(d.record(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadRecord(d); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestRecord_Native: what the relay puts before every message is, read back,
// the fields in their order.
func TestRecord_Native(t *testing.T) {
	for user, unit := range map[bool]string{false: journal.ObjectSystemdUnit, true: journal.UserUnit} {
		r := testRecord()
		r.User = user
		data, err := r.Native(3)
		if err != nil {
			t.Fatal(err)
		}
		want := [][2]string{
			{"PRIORITY", "3"},
			{"CONTAINER_ID", r.ID[:12]},
			{"CONTAINER_ID_FULL", r.ID},
			{"CONTAINER_NAME", "web"},
			{"SYSLOG_IDENTIFIER", "the tag"},
			{"CONTAINER_TAG", "the tag"},
			{unit, "unitmon-web.service"},
			{"A", "1 = \xff"},
			{"B_C", "2"},
		}
		got, err := journal.NewDecoder(bytes.NewReader(append(data, '\n'))).Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range want {
			if got.Get(f[0]) != f[1] {
				t.Errorf("user manager %t: %s=%q, want %q", user, f[0], got.Get(f[0]), f[1])
			}
		}
		if len(got) != len(want) {
			t.Errorf("user manager %t: %d fields, want %d", user, len(got), len(want))
		}
	}
}

func TestCheckLabel(t *testing.T) {
	for _, l := range [][2]string{{"a", ""}, {"com.example/x-y", "v"}, {"Über", "v"}, {"unit2", "v"}, {strings.Repeat("k", 64), "v"}} {
		err := conf.CheckLabel(l[0], l[1])
		if bad := LabelField(l[0])[0] == '_'; (err != nil) != bad {
			t.Errorf("label %s=%s: %v", l[0], l[1], err)
		}
	}
	for l, want := range map[[2]string]string{
		{"", "v"}: "the key is empty", {"1a", "v"}: "is no journal field", {".a", "v"}: "is no journal field",
		{strings.Repeat("k", 65), "v"}: "is no journal field", {"a", "x\ny"}: "has a newline",
		{"message", "v"}: "MESSAGE has a meaning", {"Priority", "v"}: "PRIORITY has a meaning", {"container.id", "v"}: "CONTAINER_ID has a meaning",
		{"object-pid", "v"}: "OBJECT_PID has a meaning", {"unit", "v"}: "UNIT has a meaning", {"unitmon.name", "v"}: "UNITMON_NAME has a meaning",
	} {
		if err := conf.CheckLabel(l[0], l[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("label %q: %v, want %s", l, err, want)
		}
	}
}

// FuzzLabel: a label that passes is one valid journal field, and none of
// unitmon's own.
func FuzzLabel(f *testing.F) {
	for _, k := range []string{"a", "com.example.x", "container.name", "", "_x", "1", "ä", "message"} {
		f.Add(k, "v")
	}
	f.Add("a", "x\nMESSAGE=forged")
	f.Fuzz(func(t *testing.T, key, value string) {
		if conf.CheckLabel(key, value) != nil {
			return
		}
		var e journal.Entry
		if err := e.AppendString(LabelField(key), value); err != nil {
			t.Errorf("label %q: %v", key, err)
		}
		got, err := journal.NewDecoder(bytes.NewReader(append(e.Bytes(), '\n'))).Next()
		if err != nil || len(got) != 1 || got.Get(LabelField(key)) != value || strings.HasPrefix(LabelField(key), "CONTAINER_") {
			t.Errorf("label %q=%q became %v (%v)", key, value, got, err)
		}
	})
}
