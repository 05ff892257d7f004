// Package lifecycle plays the life of a container with the real runtimes: every
// operation in every state, checkpoints, and what is known to go wrong elsewhere.
package lifecycle

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{})
}
