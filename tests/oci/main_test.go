// Package oci tests internal/oci against the runtimes themselves, in a box.
package oci

import (
	"os"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

// user is the box's ordinary user, who has a manager of its own.
const user = "alice"

// TestMain is also the program that TestRootless runs as that user.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == asUserVerb {
		os.Exit(asUser(os.Args[2:]))
	}
	box.Main(m, box.Options{User: user})
}
