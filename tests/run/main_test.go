// Package run shows that a container is a unit: what "unitmon run" does, end
// to end, on a real systemd, journald and runc.
package run

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}
