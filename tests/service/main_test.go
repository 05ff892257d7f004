// Package service shows what a monitor gains that is a unit of its own, with
// Debian's podman and runc: UNITMON_UNIT=service survives SIGKILL at any moment
// without the container, its output, its clients or its exit being lost, and
// where that mode cannot be, and in the modes stay and scope, the monitor is as
// conmon is.
//
// podman hides an exit file and an exit command, because it removes the one by
// the other: the tests that look at them are an engine themselves, with package
// rig and the fake runtime of tests/conmon.
package service

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == kit.FollowVerb {
		os.Exit(kit.Follow())
	}
	box.Main(m, box.Options{
		Name: "service", User: rootlessUser, Journal: true,
		Programs: []string{"./cmd/conmon", "./tests/conmon/cmd/faketool"},
	})
}

// rootlessUser is who runs a podman without root.
const rootlessUser = "alice"

// The monitors: ours, and the one that podman has else.
var (
	ours   = filepath.Join(box.ProgramDir, "conmon")
	debian = "/usr/bin/conmon"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}
