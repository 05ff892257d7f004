// Package reboot shows that configured containers are back after a reboot, and
// what belonged to the time before is not.
package reboot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Stage()
	os.Exit(m.Run())
}

// machine is a box on a disk.
type machine struct {
	t *testing.T
	*box.Box
}

func boot(t *testing.T, disk string) machine {
	t.Helper()
	module, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	b, err := box.Boot(t.Context(), box.Options{
		Name: "reboot", Disk: disk, Binds: []box.Bind{{Source: module}},
		Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay", "./cmd/unitmon-generator"},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := machine{t, b}
	t.Cleanup(m.off)
	return m
}

// off takes the power away.
func (m machine) off() {
	if err := m.Close(); err != nil {
		m.t.Error(err)
	}
}

// sh runs a script that must succeed and returns what it wrote.
func (m machine) sh(script string) string {
	m.t.Helper()
	r, err := m.Run(m.t.Context(), box.Cmd{Args: []string{"sh", "-ec", script}})
	if err != nil || r.Status != 0 {
		m.t.Fatalf("%s: %v, status %d\n%s%s", script, err, r.Status, r.Stdout, r.Stderr)
	}
	return strings.TrimSpace(string(r.Stdout))
}

// state asks for a container when the boot is done.
const state = "systemctl is-system-running --wait >/dev/null || :; systemctl is-active unitmon@"

func TestReboot(t *testing.T) {
	disk := t.TempDir()
	m := boot(t, disk)
	module, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	m.sh("sh " + module + "/tests/unitfile/testdata/install.sh " + module + "/contrib/systemd " + box.ProgramDir)
	// A box boots into a target of its own.
	m.sh(`mkdir -p /etc/systemd/system/unitmon-box.target.d
printf '[Unit]\nWants=multi-user.target\n' >/etc/systemd/system/unitmon-box.target.d/wants.conf
for name in linked asked idle; do
	mkdir -p /etc/unitmon/$name
	printf '[Container]\nExec=/bin/sh -c "echo up; exec sleep 1000"\nStopSignal=KILL\n' >/etc/unitmon/$name/container.conf
done
printf '[Install]\nWantedBy=multi-user.target\n' >>/etc/unitmon/asked/container.conf
systemctl daemon-reload
systemctl enable unitmon@linked.service
unitmon start linked asked idle
unitmon run --keep -d transient -- /bin/sleep 1000`)
	const id = `grep -o '"id": "[0-9a-f]*"' /run/unitmon/linked/record.json`
	before, machineID := m.sh(id), m.sh("cat /etc/machine-id")
	m.off()

	m = boot(t, disk)
	if got := m.sh("cat /etc/machine-id"); got != machineID {
		t.Fatalf("it is another machine: %s, was %s", got, machineID)
	}
	for _, name := range []string{"linked", "asked"} {
		if got := m.sh(state + name + " || :"); got != "active" {
			t.Errorf("%s is %s\n%s", name, got, m.sh("journalctl -b --no-pager -u unitmon@"+name))
		}
	}
	if got := m.sh(state + "idle || :"); got != "inactive" {
		t.Errorf("idle, which was not enabled, is %s", got)
	}
	if got := m.sh(id); got != before {
		t.Errorf("ID %s, was %s", got, before)
	}
	if got := m.sh("ls /run/unitmon"); got != "asked\nlinked" {
		t.Errorf("directories: %q", got)
	}
	if got := m.sh("unitmon ps"); strings.Contains(got, "transient") || !strings.Contains(got, "linked") {
		t.Errorf("ps\n%s", got)
	}
}
