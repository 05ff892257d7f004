package conmon

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// endDefects: signals. The exit command is in tests/conmon/journal.
func endDefects() []defect {
	return []defect{
		{
			name: "SIGHUP", setup: shell("exec $TOOL signals"), play: hangUp(syscall.SIGHUP),
			conmon: "monitor 129, exit file none", want: "monitor 115, exit file 115",
		},
		{
			name: "log renamed before SIGHUP", setup: shell("echo one; read x <$D/go; echo two"), play: reopenBySignal,
			conmon: "monitor 129, no new log", want: "old stdout F one, new stdout F two",
		},
	}
}

// reopenBySignal: the log is renamed by somebody else, who asks for a new one by
// SIGHUP.
func reopenBySignal(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F one")
	must(t, os.Rename(r.Path("log"), r.Path("log.old")))
	r.Signal(syscall.SIGHUP)
	if m.Real() {
		if code := r.End(); r.Read("log") == "none" {
			return fmt.Sprintf("monitor %d, no new log", code)
		}
	}
	r.AwaitFile("log")
	r.Line("go", "x")
	r.End()
	return fmt.Sprintf("old %s, new %s", strings.Join(r.Joined("log.old"), " "), strings.Join(r.Joined("log"), " "))
}

// hangUp: after the signal the container is still watched; SIGTERM ends it.
func hangUp(sig syscall.Signal) func(*testing.T, rig.Monitor, rig.Setup) string {
	return func(t *testing.T, m rig.Monitor, s rig.Setup) string {
		t.Helper()
		r, pid := m.Create(t, s)
		r.AwaitRecord("log", "stdout F ready")
		r.Signal(sig)
		must(t, syscall.Kill(pid, syscall.SIGTERM))
		code := r.End()
		return fmt.Sprintf("monitor %d, exit file %s", code, r.ExitFile())
	}
}
