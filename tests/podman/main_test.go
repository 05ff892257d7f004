// Package podman shows that podman notices no difference between Debian's
// conmon and ours: every scene is played with both, by the same commands, and
// what podman, systemd and the journal then show must be the same.
//
// A scene is a script in testdata (see [TestScripts]) or, where a terminal or
// many processes are needed, a Go function that returns what was to be seen.
// Each plays in a store of its own and must leave nothing behind.
//
// UNITMON_PODMAN_MONITOR names another program to put in our conmon's place.
// With /usr/bin/conmon both sides are the same program: a difference then is a
// fault of these tests. With UNITMON_PODMAN_ALL=1 more scenes are played as an
// ordinary user. UNITMON_PODMAN_RUNS says how many containers
// [TestNothingLeft] runs.
package podman

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == kit.FollowVerb {
		os.Exit(kit.Follow())
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil { // podman waits more than it works
		panic(err)
	}
	programs := []string{"./tests/podman/guest"}
	if os.Getenv(replaceEnv) == "" {
		programs = append(programs, "./cmd/conmon")
	}
	box.Main(m, box.Options{Name: "podman", User: rootlessUser, Journal: true, Programs: programs})
}

const (
	// rootlessUser is who plays the scenes of a podman without root.
	rootlessUser = "alice"

	replaceEnv = "UNITMON_PODMAN_MONITOR"
	allEnv     = "UNITMON_PODMAN_ALL"
)

// monitor is a conmon: Debian's, or ours.
type monitor struct{ name, path string }

// monitors are the two that are compared; the first is the model.
func monitors() [2]monitor {
	ours := os.Getenv(replaceEnv)
	if ours == "" {
		ours = filepath.Join(box.ProgramDir, "conmon")
	}
	return [2]monitor{{"debian", "/usr/bin/conmon"}, {"unitmon", ours}}
}
