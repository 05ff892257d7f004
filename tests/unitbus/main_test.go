// Package unitbus tests package unit against a real service manager.
package unitbus

import (
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

func TestMain(m *testing.M) { box.Main(m) }
