package logs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unitmon/unitmon/internal/logfile/read"
	"github.com/unitmon/unitmon/tests/kit"
)

var stamp = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}[+-]\d\d:\d\d `)

// byConmon is the log of a container that conmon watches.
func byConmon(t *testing.T, root, id, script string) string {
	t.Helper()
	c := kit.NewConmon(t, id, kit.ShellBundle(t, root, kit.Share(t), script))
	c.Start(t)
	if code := c.Wait(t); code != 0 {
		t.Fatalf("%s ended with %d", id, code)
	}
	return c.Log
}

// byUnitmon is the log of the same container as a unit.
func byUnitmon(t *testing.T, root, name, script string) string {
	t.Helper()
	t.Cleanup(func() { kit.Purge(t, name) })
	log := filepath.Join(t.TempDir(), "log")
	kit.OK(t, "unitmon", "run", "--bundle", kit.ShellBundle(t, root, kit.Share(t), script), "--log", "k8s-file:"+log, name)
	return log
}

// lines are the records of a log without their times, by stream: the streams
// are two pipes, between which there is no order.
func lines(t *testing.T, log string) map[string][]string {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for line := range bytes.Lines(data) {
		at := stamp.Find(line)
		if at == nil {
			t.Fatalf("%s: no time in %q", log, line)
		}
		rest := string(line[len(at):])
		found[rest[:6]] = append(found[rest[:6]], rest)
	}
	return found
}

// streams are the bytes of a log's streams.
func streams(t *testing.T, log string) (text [2]string) {
	t.Helper()
	r, err := read.Open(log, read.Options{Tail: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for {
		rec, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return text
		}
		if err != nil || rec.Err != nil {
			t.Fatal(err, rec.Err)
		}
		text[rec.Stream] += string(rec.Text)
		if !rec.Partial {
			text[rec.Stream] += "\n"
		}
	}
}

// TestConmon_Bytes: the records of lines that were written in one go are
// conmon's, byte for byte but for the time.
func TestConmon_Bytes(t *testing.T) {
	const script = `printf 'one\n\n  two \t\r\n'; printf '\377\000\342\202\254 x\n' >&2; echo three; printf unfinished`
	root := kit.BusyboxRoot(t)
	want := lines(t, byConmon(t, root, "conmon-bytes", script))
	got := lines(t, byUnitmon(t, root, "unitmon-bytes", script))
	if diff := cmp.Diff(want, got); diff != "" || len(want["stdout"]) != 5 {
		t.Errorf("-conmon +unitmon:\n%s%q", diff, want)
	}
}

// TestConmon_Streams: conmon cuts lines where its reads end, the relay does
// not; what the pieces join to is the same.
func TestConmon_Streams(t *testing.T) {
	const script = `i=0; while [ $i -lt 3000 ]; do echo "line $i of many"; i=$((i+1)); done; tr '\0' x </dev/zero | head -c 100000; echo; echo end >&2`
	root := kit.BusyboxRoot(t)
	want := streams(t, byConmon(t, root, "conmon-streams", script))
	got := streams(t, byUnitmon(t, root, "unitmon-streams", script))
	if got != want || len(want[0]) < 100000 {
		t.Errorf("conmon's log has %d and %d bytes, unitmon's %d and %d", len(want[0]), len(want[1]), len(got[0]), len(got[1]))
	}
}
