// Package attach tests the attach socket: that it does what conmon's does, side
// by side with the real one, and that no client of it stops the container, the
// log or the exit.
package attach

import (
	"os"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == childVerb {
		os.Exit(child(os.Args[2], os.Args[3:]))
	}
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}
