// Package logs shows that log files are as conmon writes them, and that
// "unitmon logs" shows all of a container's output from wherever it is logged.
package logs

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

// TestMain boots a box with a persistent journal: of a volatile one a user may
// not read even their own entries.
func TestMain(m *testing.M) {
	box.Main(m, box.Options{
		User: "alice", Journal: true,
		Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"},
	})
}
