package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestKillConfigured kills the launch of a configured container at every step
// before those of TestKillStart, at a first start and at a restart with another
// configuration: the unit fails, and the next start is by the new one.
func TestKillConfigured(t *testing.T) {
	kit.OK(t, "sh", "../unitfile/testdata/install.sh", "../../contrib/systemd", box.ProgramDir)
	for i, step := range container.ConfigureSteps() {
		for _, again := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s again=%t", step, again), func(t *testing.T) {
				killConfigured(t, fmt.Sprintf("made-%d-%t", i, again), step, again)
			})
		}
	}
}

func killConfigured(t *testing.T, name, step string, again bool) {
	service := "unitmon@" + name + ".service"
	relay := "unitmon-relay@" + name
	dir, drop := filepath.Join("/etc/unitmon", name), filepath.Join("/etc/systemd/system", service+".d")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(kit.Run(t, "journalctl", "--no-pager", "-n60", "-u", service, "-u", relay+"*").Stdout)
		}
		kit.Run(t, "systemctl", "kill", "--signal=KILL", service)
		kit.Run(t, "systemctl", "stop", service)
		kit.Run(t, "rm", "-rf", dir, drop)
		kit.Run(t, "systemctl", "daemon-reload")
		kit.Run(t, "systemctl", "reset-failed", service)
	})
	say := func(word string) {
		put(t, filepath.Join(dir, "container.conf"), "[Container]\nTag="+word+"\nExec=/bin/sh -c 'echo "+word+"; exec sleep 1000'\n")
	}
	if again {
		say("old")
		kit.OK(t, "systemctl", "start", service)
	}
	say("new")
	stop := newStop(t, step)
	put(t, filepath.Join(drop, "stop.conf"), "[Service]\nKillSignal=KILL\nEnvironment=UNITMON_STOP_AT="+stop.step+" UNITMON_STOP_FIFO="+stop.fifo+"\n")
	kit.OK(t, "systemctl", "daemon-reload")
	kit.OK(t, "systemctl", "--no-block", "restart", service)
	stop.kill()
	kit.Await(t, service, "ActiveState=failed Result=signal", "ActiveState", "Result")
	for _, u := range []string{relay + ".service", relay + ".socket"} {
		kit.Await(t, u, "ActiveState=inactive", "ActiveState")
	}
	if _, err := os.Lstat("/run/unitmon/" + name); err == nil {
		t.Errorf("/run/unitmon/%s is left", name)
	}
	put(t, filepath.Join(drop, "stop.conf"), "")
	kit.OK(t, "systemctl", "daemon-reload")
	kit.OK(t, "systemctl", "start", service)
	kit.AwaitMessage(t, "new", "CONTAINER_NAME="+name, "CONTAINER_TAG=new")
	want := "new"
	if again {
		want = "old new"
	}
	if got := strings.Join(kit.Messages(t, "CONTAINER_NAME="+name), " "); got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

// put writes a file and its directory.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
