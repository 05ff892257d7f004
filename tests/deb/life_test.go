package deb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// echoing writes a line when it starts and for each SIGUSR1.
const echoing = `trap "echo again" USR1; echo up; while :; do sleep 1000 & wait; done`

// TestLife is one story; each step begins where the one before it has ended.
func TestLife(t *testing.T) {
	before := present(t)
	dpkgOK(t, "--install", pkg(older))
	if got, want := status(t), "installed "+older; got != want {
		t.Fatalf("dpkg says %q, want %q", got, want)
	}
	t.Run("places", testPlaces)
	t.Run("units", testUnits)
	t.Run("generator", testGenerator)
	t.Run("pages", testPages)
	t.Run("completion", testCompletion)
	t.Run("run", testRun)
	t.Run("upgrade and removal", testUpgrade)
	t.Run("purge", func(t *testing.T) { testPurge(t, before) })
}

func testRun(t *testing.T) {
	defer kit.LogOnFailure(t, "hello")
	if path := kit.OK(t, "sh", "-c", "command -v unitmon"); path != "/usr/bin/unitmon\n" {
		t.Errorf("unitmon is %s", path)
	}
	r := kit.Unitmon(t, "run", "hello", "--", "sh", "-c", "echo hi; exit 3")
	if r.Stdout != "hi\n" || r.Code != 3 {
		t.Errorf("unitmon run: %+v", r)
	}
	kit.NothingLeft(t, "hello")
}

// testUpgrade: containers go on when the package is upgraded, and so does a
// relay; one that starts later is of the new version. While there is a
// container, the package is not removed.
func testUpgrade(t *testing.T) {
	id := kit.Detach(t, "silent", "--stop-signal", "KILL", "--relay-idle", "100ms", "silent", "--", "sh", "-c", echoing)
	kit.Detach(t, "screen", "--stop-signal", "KILL", "-t", "screen", "--", "sh", "-c", "echo up; exec sleep 1000")
	defer kit.LogOnFailure(t, "silent")
	defer kit.LogOnFailure(t, "screen")
	kit.AwaitMessage(t, "up", "CONTAINER_ID_FULL="+id)
	kit.Await(t, kit.Units("silent")[1], "ActiveState=inactive", "ActiveState")
	processes := func() string {
		return kit.Show(t, kit.Units("silent")[0], "MainPID", "ActiveState", "NRestarts") + " " +
			kit.Show(t, kit.Units("screen")[0], "MainPID", "ActiveState", "NRestarts") + " " +
			kit.Show(t, kit.Units("screen")[1], "MainPID", "ActiveState", "NRestarts")
	}
	was := processes()

	dpkgOK(t, "--install", pkg(newer))
	if got, want := status(t), "installed "+newer; got != want {
		t.Errorf("dpkg says %q, want %q", got, want)
	}
	if is := processes(); is != was {
		t.Errorf("after the upgrade: %s, before: %s", is, was)
	}
	kit.OK(t, "unitmon", "kill", "--signal", "USR1", "silent")
	kit.AwaitMessage(t, "again", "CONTAINER_ID_FULL="+id)

	r := dpkg(t, "--remove", "unitmon")
	if r.Code == 0 || !strings.Contains(r.Stderr, "there are containers: screen, silent") {
		t.Errorf("removal beside containers: %+v", r)
	}
	if got, want := status(t), "installed "+newer; got != want {
		t.Errorf("after a refused removal dpkg says %q, want %q", got, want)
	}
	if is := processes(); is != was {
		t.Errorf("after a refused removal: %s, before: %s", is, was)
	}
	for _, name := range []string{"silent", "screen"} {
		kit.OK(t, "unitmon", "stop", name)
		kit.NothingLeft(t, name)
	}
	const monitor = "unitmon-conmon-0123456789ab-1.service"
	kit.OK(t, "systemd-run", "--quiet", "--unit", monitor, "sleep", "1000")
	r = dpkg(t, "--remove", "unitmon")
	if r.Code == 0 || !strings.Contains(r.Stderr, monitor) {
		t.Errorf("removal beside an engine's monitor: %+v", r)
	}
	kit.OK(t, "systemctl", "stop", monitor)
}

// testPurge: what was not there before the package and is no user's file is gone.
func testPurge(t *testing.T, before map[string]bool) {
	kit.OK(t, "systemctl", "enable", "unitmon@web.service")
	write(t, "/var/lib/unitmon/checkpoint/web/image", "")
	list := files(t)
	dpkgOK(t, "--remove", "unitmon")
	for _, path := range list {
		if _, err := os.Lstat(path); err == nil {
			t.Errorf("%s is left by the removal", path)
		}
	}
	if _, err := os.Stat("/var/lib/unitmon/checkpoint/web/image"); err != nil {
		t.Errorf("removed, not purged: %v", err)
	}
	dpkgOK(t, "--purge", "unitmon")
	for path := range present(t) {
		if before[path] || path == "/etc/unitmon" || strings.HasPrefix(path, "/etc/unitmon/web") {
			continue
		}
		if strings.HasPrefix(path, "/etc/ld.so") || strings.HasPrefix(path, "/var/cache/") {
			continue // dpkg's triggers
		}
		t.Errorf("%s is left", path)
	}
	if _, err := os.Stat(filepath.Join("/etc/unitmon/web", "container.conf")); err != nil {
		t.Errorf("the user's file: %v", err)
	}
	if got := kit.Property(t, "unitmon@web.service", "LoadState"); got != "not-found" {
		t.Errorf("unitmon@web.service is %s to the manager", got)
	}
}
