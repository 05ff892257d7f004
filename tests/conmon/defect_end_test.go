package conmon

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// endDefects: signals, and the exit command.
func endDefects() []defect {
	return []defect{
		{
			name: "SIGHUP", setup: shell("exec $TOOL signals"), play: hangUp(syscall.SIGHUP),
			conmon: "monitor 129, exit file none", want: "monitor 115, exit file 115",
		},
	}
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
