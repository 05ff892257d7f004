package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestExitCommand_Fails: the exit code is the container's with both; that the
// exit command has failed is told by ours only.
func TestExitCommand_Fails(t *testing.T) {
	told := "container " + rig.ID + ": the exit command has ended with 33"
	for _, m := range monitors(t) {
		t.Run(m.Name, func(t *testing.T) {
			p := rig.Shell("exit 4")
			p.ExitStatus = 33
			r := m.Begin(t, rig.Setup{Plan: p})
			if code, file := r.End(), r.ExitFile(); code != 4 || file != "4" {
				t.Errorf("monitor %d, exit file %q, want 4", code, file)
			}
			if got := r.Called(); got == "none" {
				t.Error("there was no exit command")
			}
			kit.Sync(t)
			said := kit.Messages(t, fmt.Sprintf("_PID=%d", r.Monitor()))
			if slices.Contains(said, told) == m.Real() {
				t.Errorf("the journal has of it:\n%s", strings.Join(said, "\n"))
			}
		})
	}
}
