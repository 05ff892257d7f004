package uml

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestControllers: without them the other tests would show nothing.
func TestControllers(t *testing.T) {
	data, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers")
	if err != nil {
		t.Fatal(err)
	}
	have := strings.Fields(string(data))
	for _, want := range []string{"cpu", "io", "memory", "pids"} {
		if !slices.Contains(have, want) {
			t.Errorf("controllers are %q, %s is missing", have, want)
		}
	}
	if got := kit.Run(t, "systemctl", "is-system-running"); got.Stdout != "running\n" {
		t.Errorf("the manager is %+v", got)
	}
}
