package run

import (
	"fmt"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestExit: however a container ends, the unit's properties, unitmon's own exit
// code and the output are true.
func TestExit(t *testing.T) {
	tests := []struct {
		script string
		code   int
		unit   string
	}{
		{"exit 0", 0, "Result=success ExecMainCode=1 ExecMainStatus=0"},
		{"exit 7", 7, "Result=exit-code ExecMainCode=1 ExecMainStatus=7"},
		{"exit 255", 255, "Result=exit-code ExecMainCode=1 ExecMainStatus=255"},
		{"kill -KILL $$", 137, "Result=signal ExecMainCode=2 ExecMainStatus=9"},
		{"kill -SEGV $$", 139, "Result=signal ExecMainCode=2 ExecMainStatus=11"},
		{"kill -TERM $$", 143, "Result=success ExecMainCode=2 ExecMainStatus=15"},
	}
	for i, tt := range tests {
		t.Run(tt.script, func(t *testing.T) {
			name := fmt.Sprint("exit-", i)
			bundle := kit.SharedPIDBundle(t, "sh", "-c", "echo before; "+tt.script)
			t.Cleanup(func() { kit.Purge(t, name) })
			r := kit.Unitmon(t, "run", "--keep", "--bundle", bundle, name)
			if r.Code != tt.code || r.Stdout != "before\n" || r.Stderr != "" {
				t.Errorf("got %+v, want exit code %d and the output", r, tt.code)
			}
			kept := keptExit(t, name)
			if kept != tt.unit {
				t.Errorf("the unit says %s, want %s", kept, tt.unit)
			}
		})
	}
}

// keptExit is how a kept unit has ended.
func keptExit(t *testing.T, name string) string {
	t.Helper()
	return kit.Show(t, kit.Units(name)[0], "Result", "ExecMainCode", "ExecMainStatus")
}

// TestExit_AtOnce: containers that are gone within a millisecond of their
// start, a hundred in a row, each with another exit code.
func TestExit_AtOnce(t *testing.T) {
	root := kit.BusyboxRoot(t)
	for i := range 100 {
		name := "brief"
		code := i % 4 // 0 is the one that is easily confused with "unknown"
		r := kit.Unitmon(t, "run", "--keep", "--rootfs", root, name, "sh", "-c", fmt.Sprintf("exit %d", code))
		if r.Code != code {
			t.Errorf("run %d: %+v, want exit code %d", i, r, code)
		}
		want := fmt.Sprintf("Result=exit-code ExecMainCode=1 ExecMainStatus=%d", code)
		if code == 0 {
			want = "Result=success ExecMainCode=1 ExecMainStatus=0"
		}
		if got := keptExit(t, name); got != want {
			t.Errorf("run %d: the unit says %s, want %s", i, got, want)
		}
		kit.OK(t, "unitmon", "rm", name)
	}
	kit.NothingLeft(t, "brief")
}

// TestExit_Collected: without --keep nothing is left of a container, ended
// well or not.
func TestExit_Collected(t *testing.T) {
	for _, cmd := range []string{"true", "false"} {
		kit.Unitmon(t, "run", "gone", cmd)
		kit.NothingLeft(t, "gone")
	}
}
