package relay

import (
	"os"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// few is a script that writes ten lines when it may.
const few = "read x </shared/go; seq 10; exit 7"

// noFsync makes fsync(2) kill the relay, by SIGSYS: so that it is seen on every
// kernel and file system.
const noFsync = "SystemCallFilter=~fsync\nRestartSec=1s"

// TestSync: what a log file has is written through at the end.
func TestSync(t *testing.T) {
	s := start(t, job{name: "sync", script: few})
	s.override(noFsync)
	s.shared.Go(t)
	s.relay.until("killed at fsync(2)", func(u unit.State) bool { return u.ExecMainCode > 1 && u.ExecMainStatus == int(syscall.SIGSYS) })
	must(t, os.RemoveAll(s.dropIns()))
	kit.OK(t, "systemctl", "daemon-reload")
	s.end(7)
	s.complete(10, 0, 0) // nothing was on its way to the journal
}

// TestSync_No: with --log-no-sync it is not.
func TestSync_No(t *testing.T) {
	s := start(t, job{name: "no-sync", script: few, options: []string{"--log-no-sync"}})
	s.override(noFsync)
	s.shared.Go(t)
	s.end(7)
	s.complete(10, 0, 0)
	if n := s.relay.state.NRestarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
}
