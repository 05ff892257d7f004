package container

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestParseLog(t *testing.T) {
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]LogRecord{
		"journal":             {Driver: LogJournal},
		"none":                {Driver: LogNone},
		"k8s-file:/a//b/../c": {Driver: LogK8s, Path: "/a/c"},
		"json-file:x:y":       {Driver: LogJSON, Path: filepath.Join(wd, "x:y")},
	} {
		if got, err := ParseLog(s); got != want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", s, got, err, want)
		}
	}
	for s, want := range map[string]string{
		"":          `log "": the driver is none of journal, k8s-file:PATH, json-file:PATH, none`,
		"journald":  `log "journald": the driver is none of`,
		"/var/log":  `log "/var/log": the driver is none of`,
		"k8s-file":  `log "k8s-file": it needs a file: k8s-file:PATH`,
		"k8s-file:": `log "k8s-file:": it needs a file`,
		"none:":     `log "none:": none has no path`,
		"journal:x": `log "journal:x": journal has no path`,
	} {
		if got, err := ParseLog(s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %s", s, got, err, want)
		}
	}
}

// FuzzParseLog: what is accepted is a log that is one of the four, with an
// absolute path exactly if it is a file.
func FuzzParseLog(f *testing.F) {
	for _, s := range []string{"journal", "none:", "k8s-file:x", "json-file:/../\x00", ":"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseLog(s)
		if err != nil {
			return
		}
		if l.File() != filepath.IsAbs(l.Path) || !l.File() && l.Driver != LogJournal && l.Driver != LogNone {
			t.Errorf("%q is %+v", s, l)
		}
	})
}

// logDir is a directory with a file, a directory, a FIFO and a link to itself
// in it.
func logDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600),
		os.Mkdir(filepath.Join(dir, "dir"), 0o700),
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600),
		os.Symlink(dir, filepath.Join(dir, "self")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func checkLogs(logs ...LogRecord) (*Plan, error) {
	p := &Plan{config: goodConfig()}
	p.config.Logs = logs
	return p, p.check()
}

func TestPlan_checkLogs(t *testing.T) {
	d := logDir(t)
	for want, logs := range map[string][]LogRecord{
		"log journal: it is given twice":                                     {{Driver: LogJournal}, {Driver: LogJournal}},
		"log k8s-file: it is given twice":                                    {{Driver: LogK8s, Path: d + "/a"}, {Driver: LogK8s, Path: d + "/b"}},
		"log none: it excludes all others":                                   {{Driver: LogNone}, {Driver: LogJournal}},
		"log journal: a limit of size or files is":                           {{Driver: LogJournal, MaxSize: 1}},
		"log k8s-file: a size of -1 bytes is negative":                       {{Driver: LogK8s, Path: d + "/a", MaxSize: -1}},
		"log k8s-file: 1001 files are not between 1 and 1000":                {{Driver: LogK8s, Path: d + "/a", MaxSize: 1, MaxFiles: 1001}},
		"log k8s-file: -1 files are not between":                             {{Driver: LogK8s, Path: d + "/a", MaxSize: 1, MaxFiles: -1}},
		"log k8s-file: 2 files need a size at which to rotate":               {{Driver: LogK8s, Path: d + "/a", MaxFiles: 2}},
		`log k8s-file: path "a" is not absolute`:                             {{Driver: LogK8s, Path: "a"}},
		"log k8s-file: path of 5000 bytes":                                   {{Driver: LogK8s, Path: "/" + strings.Repeat("a", 4999)}},
		"log k8s-file: directory " + d + "/no: no such file or directory":    {{Driver: LogK8s, Path: d + "/no/a"}},
		"log k8s-file: " + d + "/file: not a directory":                      {{Driver: LogK8s, Path: d + "/file/a"}},
		"log k8s-file: " + d + "/dir: is a directory":                        {{Driver: LogK8s, Path: d + "/dir"}},
		"log k8s-file: " + d + "/fifo: not a regular file":                   {{Driver: LogK8s, Path: d + "/fifo"}},
		"log k8s-file: /dev/null: not a regular file":                        {{Driver: LogK8s, Path: "/dev/null"}},
		"log json-file: " + d + "/a: it is a file of log k8s-file":           {{Driver: LogK8s, Path: d + "/a"}, {Driver: LogJSON, Path: d + "/a"}},
		"log json-file: " + d + "/self/self/a: it is a file of log k8s-file": {{Driver: LogK8s, Path: d + "/a"}, {Driver: LogJSON, Path: d + "/self/self/a"}},
		"log json-file: " + d + "/a.12: it is a file of log k8s-file":        {{Driver: LogK8s, Path: d + "/a", MaxSize: 1, MaxFiles: 2}, {Driver: LogJSON, Path: d + "/a.12"}},
	} {
		if _, err := checkLogs(logs...); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", logs, err, want)
		}
	}
	if _, err := checkLogs(LogRecord{Driver: LogK8s, Path: "/" + strings.Repeat("a", 300)}); err == nil || !strings.HasSuffix(err.Error(), "file name too long") {
		t.Errorf("a name of 300 bytes: %v", err)
	}
}

func TestPlan_checkLogs_Fine(t *testing.T) {
	d := logDir(t)
	for _, logs := range [][]LogRecord{
		{{Driver: LogNone}},
		{{Driver: LogK8s, Path: d + "/file"}},
		{{Driver: LogK8s, Path: d + "/a", MaxSize: 1, MaxFiles: 1000}, {Driver: LogJournal}, {Driver: LogJSON, Path: d + "/a.b"}},
		{{Driver: LogK8s, Path: d + "/a"}, {Driver: LogJSON, Path: d + "/a.1"}},
		{{Driver: LogK8s, Path: d + "/a", MaxSize: 1, MaxFiles: 9}, {Driver: LogJSON, Path: d + "/dir/a.1"}},
	} {
		p, err := checkLogs(logs...)
		if err != nil {
			t.Errorf("%+v: %v", logs, err)
		}
		for i, l := range p.config.Logs {
			want := logs[i]
			if want.File() {
				want.MaxFiles = max(1, want.MaxFiles)
			}
			if l != want {
				t.Errorf("%+v became %+v", logs[i], l)
			}
		}
	}
	for policy, queue := range map[string]int64{"": 1, LogBlock: 0, LogDrop: LogQueueMax + 1, "wait": 1} {
		p := &Plan{config: goodConfig()}
		p.config.LogPolicy, p.config.LogQueue = policy, queue
		if err := p.check(); err == nil || !strings.HasPrefix(err.Error(), "log ") {
			t.Errorf("policy %q, queue %d: %v", policy, queue, err)
		}
	}
}
