// Package uml shows what happens to a container that reaches its limits on
// memory and processes: a real OOM kill under podman, with Debian's conmon and
// ours, under a monitor started by hand, and in a container unit.
//
// Its tests run in a User Mode Linux guest, for it takes control groups that
// the machine may not have; tests/uml/machine tests the guest itself.
package uml

import (
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.GuestMain(m, box.GuestOptions{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay", "./cmd/conmon"}})
}

// monitor is a conmon: Debian's, which shows what the engines had, or ours.
type monitor struct{ name, dir string }

func debian() monitor { return monitor{"debian", "/usr/bin"} }
func ours() monitor   { return monitor{"unitmon", box.ProgramDir} }

func (m monitor) path() string { return filepath.Join(m.dir, "conmon") }

const (
	// memoryLimit is what a container gets; a busybox needs less than 1 MiB.
	memoryLimit = 24 << 20
	// pidsLimit is what a container gets.
	pidsLimit = 20

	// exhaust takes memory until there is none: tail keeps the last line.
	exhaust = "tail /dev/zero"

	// multiply starts more processes than there may be, in a shell of its own,
	// which ends when it cannot.
	multiply = "(i=0; while [ $i -lt 40 ]; do sleep 100 & i=$((i+1)); done)"

	// refused is what busybox says then.
	refused = "can't fork: Resource temporarily unavailable"
)
