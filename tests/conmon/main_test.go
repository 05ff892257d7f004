// Package conmon compares the engines' door, cmd/conmon, with Debian's conmon:
// both are started as podman starts them (tests/conmon/rig) with the same fake
// runtime (tests/conmon/cmd/faketool).
//
// TestScenes asks that both do the same. TestDefects has conmon's defects that
// are mended here: each must show on conmon, or the test says since when it
// does not, and must not show on ours. -ours=PATH tests another program instead
// of the one that is built from the sources.
package conmon

import (
	"os"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// monitors are set by TestMain.
var monitors rig.Monitors

func TestMain(m *testing.M) {
	os.Exit(rig.Main(m, func(found rig.Monitors) { monitors = found }))
}
