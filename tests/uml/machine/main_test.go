// Package machine tests the User Mode Linux guest of tests/box from outside,
// by the command umlrun: its output, its status, its end.
package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		status = 1
	}
	os.Exit(status)
}

// run builds umlrun, puts it on PATH and runs the tests. It is built without
// the race detector, which does not run in a guest.
func run(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "unitmon-machine-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "umlrun"), "../../box/umlrun")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build umlrun: %w: %s", err, out)
	}
	if err := os.Setenv("PATH", dir+":"+os.Getenv("PATH")); err != nil {
		return 0, err
	}
	return m.Run(), nil
}
