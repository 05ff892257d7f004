package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record is a record of a k8s-file.
func record(tag, text string) string {
	return "2026-11-21T09:19:22.032465950+00:00 stdout " + tag + " " + text + "\n"
}

func TestReadLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, tt := range []struct {
		file string
		want contents
		tail string
	}{
		{"", contents{}, ""},
		{record("F", "abc"), contents{4, 0}, "abc\n"},
		{record("P", "ab") + record("F", ""), contents{3, 1}, "ab\n"},
		{record("F", "first") + record("P", "P stdout P"), contents{16, 1}, "first\nP stdout P"},
		{strings.Repeat(record("F", strings.Repeat("x", 16000)), 20), contents{20 * 16001, 0}, "xxx\n"},
	} {
		if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := readLog(path)
		if err != nil || got != tt.want {
			t.Errorf("%.80q: %+v, %v", tt.file, got, err)
		}
		text, err := tail(path)
		if err != nil || !strings.HasSuffix(string(text), tt.tail) {
			t.Errorf("%.80q: tail %.80q, %v", tt.file, text, err)
		}
	}
	for _, bad := range []string{"short\n", record("F", "abc")[:47]} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := readLog(path); err == nil {
			t.Errorf("%q: %+v and no error", bad, got)
		}
	}
}
