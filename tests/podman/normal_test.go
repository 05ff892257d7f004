package podman

import (
	"regexp"
	"strings"
	"testing"
)

// normal replaces in a transcript what differs from run to run: ids, times,
// pids in podman's messages, and what lies between the marks of the script
// commands unlike and alike.
func normal(text string, s *store) string {
	text = strings.ReplaceAll(text, s.dir, "$STORE")
	text = strings.ReplaceAll(text, s.mon.path, "$MONITOR")
	for _, r := range replacements {
		text = r.old.ReplaceAllString(text, r.new)
	}
	return text
}

// replacements are made in their order.
var replacements = []struct {
	old *regexp.Regexp
	new string
}{
	{regexp.MustCompile(`(?ms)^` + unlikeMark + `$.*?^` + alikeMark + `$`), "<UNLIKE>"},
	{regexp.MustCompile(`(?m) \(\d+\.\d+s\)$`), ""},                     // of a script's phase
	{regexp.MustCompile(`(?m)^\[background\] (.*): (.*)$`), "[$1: $2]"}, // of a script's background program
	// Podman meets its own exit command, which was quicker: podman's race.
	{regexp.MustCompile(`(?m)^time="\S+" level=error msg="Storage for container [0-9a-f]{64} has been removed"\n`), ""},
	{regexp.MustCompile(`(?m)^\[stderr\]\n(>|#|PASS)`), "$1"},
	{regexp.MustCompile(`(?m)(^> let \S+ .*\n\[stdout\]\n).*`), "$1<LET>"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "<ID>"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "<ID>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?[+-]\d\d:?\d\d)?( UTC)?( m=\+\S+)?`), "<TIME>"},
	{regexp.MustCompile(`\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \w+ \d{4}`), "<TIME>"},
	{regexp.MustCompile(`/go-test-script\d+`), "/go-test-script"},
	{regexp.MustCompile(`\b(pid|PID)[ =]\d+`), "$1 <PID>"},
}

func TestNormal(t *testing.T) {
	s := &store{dir: "/tmp/pod17", mon: monitor{"debian", "/usr/bin/conmon"}}
	id := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct{ text, want string }{
		{"plain text 17", "plain text 17"},
		{"# phase (1.234s)", "# phase"},
		{"id " + id + " " + id[:12], "id <ID> <ID>"},
		{"123456789 deadbeef", "123456789 deadbeef"},
		{"2026-11-21T17:35:52.232371000Z out", "<TIME> out"},
		{"2026-11-21T17:35:52.232371000+00:00 out", "<TIME> out"},
		{"2026-11-21 17:35:09.781150839 +0000 UTC m=+0.119288602 died", "<TIME> died"},
		{"/usr/bin/conmon in /tmp/pod17/tmp", "$MONITOR in $STORE/tmp"},
		{"a\n" + unlikeMark + "\nmode 600\n" + alikeMark + "\nb", "a\n<UNLIKE>\nb"},
	} {
		if got := normal(c.text, s); got != c.want {
			t.Errorf("normal(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
