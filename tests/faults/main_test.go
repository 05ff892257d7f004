// Package faults kills the short-lived processes of a container unit at every
// step of their work.
package faults

import (
	"fmt"
	"os"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

// TestMain builds the programs with the steps at which they can be stopped.
func TestMain(m *testing.M) {
	box.Stage()
	if err := os.Setenv("GOFLAGS", "-tags=unitmon_faults"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}
