package unitfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// service, relay and socket are the units of a configured container.
func service(name string) string { return "unitmon@" + name + ".service" }
func relay(name string) string   { return "unitmon-relay@" + name + ".service" }
func socket(name string) string  { return "unitmon-relay@" + name + ".socket" }

// configure writes a container.conf and has the manager read it; the test's end
// removes all of the container.
func configure(t *testing.T, name, text string) string {
	t.Helper()
	dir := filepath.Join("/etc/unitmon", name)
	t.Cleanup(func() { remove(t, name) })
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	edit(t, name, text)
	return dir
}

// edit writes a container.conf anew and has the manager read it.
func edit(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join("/etc/unitmon", name, "container.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	kit.OK(t, "systemctl", "daemon-reload")
}

// remove removes a configured container by force.
func remove(t *testing.T, name string) {
	t.Helper()
	if t.Failed() {
		t.Log(kit.Run(t, "journalctl", "--no-pager", "-n60", "-o", "short-monotonic", "-u", service(name), "-u", relay(name), "-u", socket(name)).Stdout)
	}
	kit.Run(t, "systemctl", "disable", service(name))
	kit.Run(t, "systemctl", "kill", "--signal=KILL", service(name))
	kit.Run(t, "systemctl", "stop", service(name))
	if err := os.RemoveAll(filepath.Join("/etc/unitmon", name)); err != nil {
		t.Error(err)
	}
	kit.OK(t, "systemctl", "daemon-reload")
	kit.Run(t, "systemctl", "reset-failed", service(name), relay(name), socket(name))
}

// nothingLeft waits until the units are as if there never was such a container.
func nothingLeft(t *testing.T, name string) {
	t.Helper()
	kit.Run(t, "systemctl", "reset-failed", service(name)) // init did not heed the stop signal
	for _, u := range []string{service(name), relay(name), socket(name)} {
		kit.Await(t, u, "ActiveState=inactive", "ActiveState")
	}
	if _, err := os.Lstat("/run/unitmon/" + name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("/run/unitmon/%s is left (%v)", name, err)
	}
	if out := kit.OK(t, "unitmon", "ps"); strings.Contains(out, name) {
		t.Errorf("ps shows %s\n%s", name, out)
	}
}
