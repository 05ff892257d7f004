package unitfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestLife: a container directory from nothing to enabled, started, edited,
// restarted after a failure, disabled and removed; systemctl and unitmon say the
// same at every step.
func TestLife(t *testing.T) {
	const name = "web"
	root, shared := kit.BusyboxRoot(t), kit.Share(t)
	say := func(word string) string {
		return "[Container]\nRootfs=" + root + "\nVolume=" + shared.Volume() +
			"\nExec=/bin/sh -c 'echo " + word + " $$1; read x </shared/go; exit $x' sh %i\nLabel=app=shop\nStopSignal=KILL\n" +
			"[Service]\nRestart=on-failure\nRestartSec=0\n"
	}
	if r := kit.Run(t, "systemctl", "start", service(name)); r.Code == 0 {
		t.Fatal("a container that is not configured was started")
	}
	wantStatus(t, name, "launch failed: no such container: there is no directory /etc/unitmon/web")
	if r := kit.Unitmon(t, "start", name); r.Code != 125 || !strings.HasPrefix(r.Stderr, "unitmon: container web: no such container: there is no") {
		t.Errorf("%+v", r)
	}
	kit.OK(t, "systemctl", "reset-failed", service(name))

	configure(t, name, strings.ReplaceAll(say("one"), "$$1", "$1"))
	kit.OK(t, "systemctl", "enable", "--now", service(name))
	same(t, name, "active", "running")
	awaitOutput(t, name, "one web")
	id := kit.Entries(t, "CONTAINER_NAME=web", "APP=shop", "-u", service(name))[0].Get("CONTAINER_ID_FULL")
	record, err := os.ReadFile("/run/unitmon/web/record.json")
	must(t, err)
	for _, want := range []string{`"fromFile": true`, `"logFields": true`, `"id": "` + id + `"`} {
		if !strings.Contains(string(record), want) {
			t.Errorf("the record lacks %s\n%s", want, record)
		}
	}
	if slice := kit.Property(t, service(name), "Slice"); slice != "unitmon.slice" {
		t.Errorf("it is in %s", slice)
	}
	if r := kit.Unitmon(t, "run", name, "--", "true"); r.Code != 125 || !strings.Contains(r.Stderr, "unitmon start web") {
		t.Errorf("run: %+v", r)
	}

	// Edited: a drop-in, as systemctl edit writes it, and the configuration.
	drop := "/etc/systemd/system/" + service(name) + ".d"
	must(t, os.MkdirAll(drop, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(drop) })
	must(t, os.WriteFile(filepath.Join(drop, "override.conf"), []byte("[Unit]\nDescription=My web\n"), 0o644))
	edit(t, name, strings.ReplaceAll(say("two"), "$$1", "$1")+"[Container]\nTag=blue\n")
	kit.OK(t, "systemctl", "restart", service(name))
	same(t, name, "active", "running")
	awaitOutput(t, name, "two web")
	got := kit.Entries(t, "CONTAINER_TAG=blue", "-u", service(name))
	if len(got) == 0 || got[0].Get("CONTAINER_ID_FULL") != id || got[0].Get("SYSLOG_IDENTIFIER") != "blue" {
		t.Errorf("after the edit: %v", got)
	}
	if d := kit.Property(t, service(name), "Description"); d != "My web" {
		t.Errorf("description %q", d)
	}

	// Restarted after a failure, and its true exit.
	exit(t, shared, "7")
	kit.Await(t, service(name), "NRestarts=1 ActiveState=active", "NRestarts", "ActiveState")
	exit(t, shared, "0")
	kit.Await(t, service(name), "ActiveState=inactive Result=success ExecMainStatus=0", "ActiveState", "Result", "ExecMainStatus")
	kit.OK(t, "systemctl", "start", service(name))
	same(t, name, "active", "running")

	kit.OK(t, "systemctl", "disable", "--now", service(name))
	nothingLeft(t, name)
	must(t, os.RemoveAll("/etc/unitmon/"+name))
	kit.OK(t, "systemctl", "daemon-reload")
	if _, err := os.Stat("/run/systemd/generator/" + service(name) + ".d"); err == nil {
		t.Error("the generator's drop-in is left")
	}
}

// same asks systemctl and unitmon for a container's state.
func same(t *testing.T, name, active, sub string) {
	t.Helper()
	kit.Await(t, service(name), "ActiveState="+active+" SubState="+sub, "ActiveState", "SubState")
	pid := kit.Property(t, service(name), "MainPID")
	for line := range strings.Lines(kit.OK(t, "unitmon", "ps")) {
		f := strings.Fields(line)
		if f[0] == name && strings.Contains(line, active) && strings.Contains(line, pid) {
			return
		}
	}
	t.Errorf("unitmon ps does not show %s as %s, pid %s\n%s", name, active, pid, kit.OK(t, "unitmon", "ps"))
}

// exit lets the container of say end.
func exit(t *testing.T, s kit.Shared, code string) {
	t.Helper()
	f, err := os.OpenFile(s.Path("go"), os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	_, err = f.WriteString(code + "\n")
	must(t, err)
}

// awaitOutput waits until a container has written a line.
func awaitOutput(t *testing.T, name, line string) {
	t.Helper()
	kit.OK(t, "sh", "-c", `journalctl -q -f -n all -o cat CONTAINER_NAME="$1" | grep -q -m 1 -F "$2"`, "sh", name, line)
}

// wantStatus wants a failed unit to say why.
func wantStatus(t *testing.T, name, text string) {
	t.Helper()
	if got := kit.Property(t, service(name), "StatusText"); !strings.Contains(got, text) {
		t.Errorf("status %q, want %s", got, text)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
