package unitfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestStartLimit: a container that cannot be started is tried until the manager
// has enough; then unitmon says so, not the reason of an earlier try.
func TestStartLimit(t *testing.T) {
	const text = "[Unit]\nStartLimitIntervalSec=1h\nStartLimitBurst=3\n[Service]\nRestart=on-failure\nRestartSec=0\n[Container]\nStopSignal=KILL\nExec="
	root := kit.BusyboxRoot(t)
	configure(t, "often", text+"/bin/nothere\nRootfs="+root+"\n")
	if r := kit.Unitmon(t, "start", "often"); r.Code != 127 {
		t.Errorf("the first start: %+v", r)
	}
	kit.Await(t, service("often"), "ActiveState=failed", "ActiveState")
	// Without a daemon-reload, which makes the manager forget the starts.
	must(t, os.WriteFile("/etc/unitmon/often/container.conf", []byte(text+"/bin/sleep 1000\nRootfs="+root+"\n"), 0o644))
	const next = "systemctl reset-failed unitmon@often.service, then unitmon start often"
	if r := kit.Unitmon(t, "start", "often"); r.Code != 125 || !strings.Contains(r.Stderr, "started too often") || !strings.Contains(r.Stderr, next) {
		t.Errorf("at the limit: %+v", r)
	}
	kit.OK(t, "systemctl", "reset-failed", service("often"))
	kit.OK(t, "unitmon", "start", "often")
	same(t, "often", "active", "running")
}

// TestLogEdit: a log file in a directory that the relay may not write to yet is
// refused before the container runs; after the reload nothing is lost.
func TestLogEdit(t *testing.T) {
	log := filepath.Join(t.TempDir(), "a b", "edited.log")
	must(t, os.Mkdir(filepath.Dir(log), 0o755))
	text := "[Container]\nStopSignal=KILL\nRootfs=" + kit.BusyboxRoot(t) + "\nExec=/bin/sh -c 'echo said; exec sleep 1000'\n"
	configure(t, "edited", text)
	kit.OK(t, "unitmon", "start", "edited")
	awaitOutput(t, "edited", "said")
	text += "LogDriver=k8s-file:" + log + "\nLogDriver=journal\n"
	must(t, os.WriteFile("/etc/unitmon/edited/container.conf", []byte(text), 0o644))
	if r := kit.Run(t, "systemctl", "restart", service("edited")); r.Code == 0 {
		t.Error("it was restarted")
	}
	wantStatus(t, "edited", "/etc/unitmon/edited/container.conf:6: LogDriver=: unitmon-relay@edited.service may not write to")
	kit.OK(t, "systemctl", "daemon-reload")
	kit.OK(t, "systemctl", "restart", service("edited"))
	kit.OK(t, "unitmon", "stop", "edited")
	if data, err := os.ReadFile(log); err != nil || !strings.HasSuffix(string(data), " F said\n") {
		t.Errorf("%q, %v", data, err)
	}
}

// TestNotReady: a container that does not say that it is ready in time was not
// started; one that says it was.
func TestNotReady(t *testing.T) {
	const text = "[Container]\nNotify=yes\nStopSignal=KILL\nExec=/bin/sh -c '%s exec sleep 1000'\n[Service]\nTimeoutStartSec=%s\n"
	configure(t, "mute", fmt.Sprintf(text, "", "1s"))
	if r := kit.Unitmon(t, "start", "mute"); r.Code != 125 || !strings.Contains(r.Stderr, "container mute: it ended before READY=1") {
		t.Errorf("%+v", r)
	}
	configure(t, "ready", fmt.Sprintf(text, "systemd-notify --ready;", "1h"))
	kit.OK(t, "unitmon", "start", "ready")
	same(t, "ready", "active", "running")
}
