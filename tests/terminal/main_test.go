// Package terminal tests containers that have a terminal: programs that draw
// are driven through a real pseudo-terminal, and what they show is compared
// with what the same program shows there without unitmon.
package terminal

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}
