package uml

import (
	"fmt"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestUnit: the limits of a container unit are the container's, and its
// properties say what happened. A unit with Delegate= has OOMPolicy=continue
// unless it is set (systemd.service(5)): the main process's death by SIGKILL is
// all that Result= then tells.
func TestUnit(t *testing.T) {
	for _, s := range []struct {
		name, runtime, policy, script string
		code                          int
		stdout, unit                  string
	}{
		{
			"kill", "runc", "kill", "exec " + exhaust, 137, "",
			"Result=oom-kill ExecMainCode=2 ExecMainStatus=9",
		},
		{
			"child", "runc", "continue", multiply + "; echo $?; " + exhaust + "; echo $?; exit 5", 5, "2\n137\n",
			"Result=exit-code ExecMainCode=1 ExecMainStatus=5",
		},
		{
			"crun", "crun", "", multiply + "; echo $?; exec " + exhaust, 137, "2\n",
			"Result=signal ExecMainCode=2 ExecMainStatus=9",
		},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Cleanup(func() { kit.Purge(t, s.name) })
			args := []string{
				"run", "--keep", "--runtime", s.runtime, "--rootfs", kit.BusyboxRoot(t),
				"-p", fmt.Sprint("MemoryMax=", memoryLimit), "-p", "MemorySwapMax=0", "-p", fmt.Sprint("TasksMax=", pidsLimit),
			}
			if s.policy != "" {
				args = append(args, "-p", "OOMPolicy="+s.policy)
			}
			r := kit.Unitmon(t, append(args, s.name, "sh", "-c", s.script)...)
			if r.Code != s.code || r.Stdout != s.stdout {
				t.Errorf("got %+v, want code %d and output %q", r, s.code, s.stdout)
			}
			if many := strings.Contains(s.script, multiply); strings.Contains(r.Stderr, refused) != many {
				t.Errorf("a fork was refused: %t, want %t; stderr is %q", !many, many, r.Stderr)
			}
			unit := kit.Units(s.name)[0]
			if got := kit.Show(t, unit, "Result", "ExecMainCode", "ExecMainStatus"); got != s.unit {
				t.Errorf("the unit says %s, want %s", got, s.unit)
			}
			if got, want := kit.Show(t, unit, "MemoryMax", "TasksMax"), fmt.Sprintf("MemoryMax=%d TasksMax=%d", memoryLimit, pidsLimit); got != want {
				t.Errorf("the unit has %s, want %s", got, want)
			}
			const killed = "A process of this unit has been killed by the OOM killer."
			if got := strings.Join(kit.Messages(t, "UNIT="+unit), "\n"); !strings.Contains(got, killed) {
				t.Errorf("the journal does not say that a process was killed: %s", got)
			}
		})
	}
}
