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
			name: "status of the exit command", setup: func() rig.Setup {
				p := rig.Shell("exit 4")
				p.ExitStatus = 33
				return rig.Setup{Plan: p}
			}, play: exitStatus,
			conmon: "monitor 4, exit file 4", want: "monitor 33, exit file 4",
		},
		{
			name: "SIGHUP", setup: shell("exec $TOOL signals"), play: hangUp(syscall.SIGHUP),
			conmon: "monitor 129, exit file none", want: "monitor 115, exit file 115",
		},
	}
}

func exitStatus(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r := m.Begin(t, s)
	code := r.End()
	return fmt.Sprintf("monitor %d, exit file %s", code, r.ExitFile())
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
