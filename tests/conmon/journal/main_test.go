// Package journal compares the engines' door with Debian's conmon where that
// needs journald or control groups of version 2: it runs in a box.
package journal

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/conmon/rig"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/conmon", "./tests/conmon/cmd/faketool"}})
}

// monitors are Debian's conmon and ours, in the box. The calling test's process
// becomes the parent of their orphans.
func monitors(t *testing.T) rig.Monitors {
	t.Helper()
	if err := rig.Subreap(); err != nil {
		t.Fatal(err)
	}
	return rig.Find(box.ProgramDir)
}
