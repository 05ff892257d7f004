// Package many shows that many containers at once stay as manageable as one.
package many

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}
