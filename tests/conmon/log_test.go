package conmon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// logScenes: --log-path and the k8s-file. The journal is in tests/conmon/journal.
func logScenes() []scene {
	log := func(log, script string, options ...string) func() rig.Setup {
		return func() rig.Setup {
			return rig.Setup{Log: log, Plan: rig.Shell(script), Options: options}
		}
	}
	return []scene{
		{name: "log none", setup: log("none", "echo hello")},
		{name: "log off", setup: log("off:x", "echo hello")},
		{name: "log null", setup: log("null", "echo hello")},
		{name: "log by path", setup: func() rig.Setup {
			return rig.Setup{Log: "-", Plan: rig.Shell("echo hello"), Options: []string{"-l", "$D/log"}}
		}},
		{name: "log by colon", setup: func() rig.Setup {
			return rig.Setup{Log: "-", Plan: rig.Shell("echo hello"), Options: []string{"-l", ":$D/log"}}
		}},
		{name: "log in the working directory", setup: log("k8s-file:log", "echo hello")},
		{name: "last log counts", setup: shell("echo hello", "-l", "k8s-file:$D/other"), play: lifeAndOther},
		{name: "none and a file", setup: shell("echo hello", "-l", "none")},
		{name: "passthrough", setup: log("passthrough", "echo hello; echo err >&2; exit 3"), play: passthrough},
		{name: "no log", setup: log("-", "exit 3"), play: firstFails},
		{name: "empty log", setup: log(":", "exit 3"), play: firstFails},
		{name: "no such driver", setup: log("json-file:x", "exit 3"), play: firstFails},
		{name: "no file name", setup: log("k8s-file:", "exit 3"), play: firstFails},
		{name: "no such directory", setup: log("k8s-file:/nowhere/log", "exit 3"), play: firstFails},
		{name: "tag for a file", setup: shell("exit 3", "--log-tag", "x"), play: firstFails},
		{name: "content that was there", setup: shell("echo new"), play: keepsContent},
		{name: "any bytes", setup: shell(`printf '\000\001\377\r end\n\n  two  \n'`)},
		{name: "long line", setup: shell("head -c 30000 /dev/zero | tr '\\0' x; echo; echo next"), play: longLine},
		{name: "both streams", setup: shell("echo out; echo >$D/said; read x <$D/go; echo err >&2"), play: bothStreams},
		{name: "size limit", setup: shell("for i in 1 2 3 4 5; do echo 12345678901234567890$i; read x <$D/go; done", "--log-size-max", "200"), play: sizeLimit},
		{name: "global size limit", setup: shell("for i in 1 2 3 4 5; do echo 12345678901234567890$i; done", "--log-global-size-max", "200")},
		{name: "full disk", setup: log("k8s-file:/dev/full", "echo hello; exit 3")},
		{name: "no sync of the log", setup: shell("echo hello; exit 3", "--no-sync-log")},
	}
}

func lifeAndOther(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	tr := r.Life()
	return append(append(tr, "other"), r.Joined("other")...)
}

// passthrough: the container has the engine's own stdio; there are no clients.
func passthrough(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	tr := r.Life()
	tr.Add("stdout %q, stderr %q", r.Read("first.stdout"), r.Read("first.stderr"))
	return append(tr, r.Tree("bundle")...)
}

func keepsContent(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	const old = "2026-01-01T00:00:00.000000000+00:00 stdout F old\n"
	s.Before = func(dir string) { _ = os.WriteFile(filepath.Join(dir, "log"), []byte(old), 0o600) }
	r := m.Begin(t, s)
	tr := r.Life()
	tr.Add("%s", r.Mode("log"))
	return tr
}

// longLine: how it is cut is the monitor's choice, as long as a reader can join
// the pieces: conmon makes records of at most 8192 bytes.
func longLine(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	var tr rig.Trace
	for _, rec := range r.Joined("log") {
		tr.Add("%d bytes, %d of them x", len(rec), strings.Count(rec, "x"))
	}
	return tr
}

// bothStreams: what the one wrote before the other comes before it.
func bothStreams(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go", "said")
	r, _ := m.Create(t, s)
	r.Await("said")
	r.AwaitRecord("log", "stdout F out")
	r.Line("go", "x")
	return r.Life()
}

// sizeLimit: without rotation the file begins anew when it is full. The lines
// come one by one, because what one read has is stored as one.
func sizeLimit(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		r.AwaitRecord("log", "stdout F 12345678901234567890"+n)
		r.Line("go", "x")
	}
	return r.Life()
}
