package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/tests/conmon/rig"
	"github.com/unitmon/unitmon/tests/kit"
)

// fields are those that podman reads (libpod/container_log_linux.go), and those
// that people look for.
var fields = []string{
	"CONTAINER_ID", "CONTAINER_ID_FULL", "CONTAINER_NAME", "CONTAINER_TAG", "SYSLOG_IDENTIFIER", "PRIORITY",
	"CONTAINER_PARTIAL_MESSAGE", "CONTAINER_PRIORITY", "LABEL",
}

// entries are a container's entries in the order in which they were written,
// each as the fields that it has and its message. One newline at a message's
// end is no part of it for podman.
func entries(t *testing.T, m rig.Monitor, name string) []string {
	t.Helper()
	kit.Sync(t)
	var list []string
	for _, e := range kit.Entries(t, "CONTAINER_NAME="+name) {
		line := fmt.Sprintf("%q", strings.TrimSuffix(e.Get(journal.Message), "\n"))
		for _, f := range fields {
			if v := e.Get(f); v != "" {
				line += " " + f + "=" + v
			}
		}
		list = append(list, strings.ReplaceAll(strings.ReplaceAll(line, name, "$NAME"), rig.ID, "$ID"))
	}
	return list
}

// logged runs a script with the driver journald, to its end.
func logged(t *testing.T, m rig.Monitor, script string, options ...string) []string {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()))
	r := m.Begin(t, rig.Setup{Log: "journald", Plan: rig.Shell(script), Options: append([]string{"-n", name}, options...)})
	if code := r.End(); code != 0 {
		t.Errorf("%s ends with %d", m.Name, code)
	}
	return entries(t, m, name)
}

// TestFields: the same lines give the same entries.
func TestFields(t *testing.T) {
	const id = " CONTAINER_ID=c0ffee00d15e CONTAINER_ID_FULL=$ID CONTAINER_NAME=$NAME"
	for _, s := range []struct {
		name, script string
		options      []string
		want         []string
	}{
		{"lines", "echo one; echo; echo '  two  '", nil, []string{
			`"one"` + id + " SYSLOG_IDENTIFIER=$NAME PRIORITY=6",
			`""` + id + " SYSLOG_IDENTIFIER=$NAME PRIORITY=6",
			`"  two  "` + id + " SYSLOG_IDENTIFIER=$NAME PRIORITY=6",
		}},
		{"stderr", "echo one >&2", nil, []string{`"one"` + id + " SYSLOG_IDENTIFIER=$NAME PRIORITY=3"}},
		{"partial", "printf one", nil, []string{`"one"` + id + " SYSLOG_IDENTIFIER=$NAME PRIORITY=6 CONTAINER_PARTIAL_MESSAGE=true"}},
		{"tag", "echo one", []string{"--log-tag", "tag"}, []string{`"one"` + id + " CONTAINER_TAG=tag SYSLOG_IDENTIFIER=tag PRIORITY=6"}},
		{"terminal", "echo one", []string{"-t"}, []string{`"one\r"` + id + " SYSLOG_IDENTIFIER=$NAME PRIORITY=6"}},
	} {
		for _, m := range monitors(t) {
			t.Run(s.name+"/"+m.Name, func(t *testing.T) {
				if got := logged(t, m, s.script, s.options...); !slices.Equal(got, s.want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(s.want, "\n"))
				}
			})
		}
	}
}

// TestPriority: prefixes like those of sd-daemon(3) do not make entries that
// podman stops at, and are found although a line came in two pieces. 2.1.6 does
// not know them; 2.2.1 makes them the PRIORITY, if the line came in one piece.
func TestPriority(t *testing.T) {
	const script = `echo plain; echo "<4>warn"; printf "<"; printf "2>split\n"; echo "<8>none"`
	shown := func(list []string) []string {
		var short []string
		for _, line := range list {
			message, rest, _ := strings.Cut(line, " CONTAINER_ID=")
			for _, f := range strings.Fields(rest) {
				if strings.Contains(f, "PRIORITY") {
					message += " " + f
				}
			}
			short = append(short, message)
		}
		return short
	}
	found := monitors(t)
	theirs, ours := shown(logged(t, found[0], script)), []string(nil)
	t.Run("ours", func(t *testing.T) { ours = shown(logged(t, found[1], script)) })
	t.Logf("priority prefixes | conmon: %s | ours: %s", theirs, ours)
	want := []string{`"plain" PRIORITY=6`, `"warn" PRIORITY=6 CONTAINER_PRIORITY=4`, `"split" PRIORITY=6 CONTAINER_PRIORITY=2`, `"<8>none" PRIORITY=6`}
	if !slices.Equal(ours, want) {
		t.Errorf("ours: %q, want %q", ours, want)
	}
	t.Run("line", func(t *testing.T) {
		want := []string{`"plain" PRIORITY=6`, `"warn" PRIORITY=4`, `"split" PRIORITY=2`, `"<8>none" PRIORITY=6`}
		if got := shown(logged(t, found[1], script, "--unitmon-priority", "line")); !slices.Equal(got, want) {
			t.Errorf("with --unitmon-priority line: %q, want %q", got, want)
		}
	})
}

// TestLabels and --no-container-partial-message came after 2.1.6.
func TestLabels(t *testing.T) {
	ours := monitors(t)[1]
	got := logged(t, ours, "printf one", "--log-label", "LABEL=value", "--no-container-partial-message")
	const want = `"one" CONTAINER_ID=c0ffee00d15e CONTAINER_ID_FULL=$ID CONTAINER_NAME=$NAME SYSLOG_IDENTIFIER=$NAME PRIORITY=6 LABEL=value`
	if !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %s", got, want)
	}
}

// TestLongLine: a line of 20000 bytes. conmon makes two entries of it, whatever
// --no-container-partial-message says.
func TestLongLine(t *testing.T) {
	const script = "head -c 20000 /dev/zero | tr '\\0' x; echo"
	found := monitors(t)
	theirs := logged(t, found[0], script)
	var ours []string
	t.Run("ours", func(t *testing.T) { ours = logged(t, found[1], script) })
	t.Logf("line of 20000 bytes | conmon: %d entries | ours: %d", len(theirs), len(ours))
	if len(theirs) < 2 || len(ours) != 1 || strings.Contains(strings.Join(ours, ""), "PARTIAL") {
		t.Errorf("conmon: %d entries, want more than 1; ours: %d, want 1 that is not partial", len(theirs), len(ours))
	}
}

// TestBoth: several --log-path are all written.
func TestBoth(t *testing.T) {
	for _, m := range monitors(t) {
		t.Run(m.Name, func(t *testing.T) {
			name := "both-" + m.Name
			r := m.Begin(t, rig.Setup{Plan: rig.Shell("echo one"), Options: []string{"-n", name, "-l", "journald"}})
			r.End()
			if got := r.Joined("log"); !slices.Equal(got, []string{"stdout F one"}) {
				t.Errorf("the file has %q", got)
			}
			if got := entries(t, m, name); len(got) != 1 {
				t.Errorf("the journal has %q", got)
			}
		})
	}
}
