package deb

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
)

const (
	older, newer = "1.0.0", "1.0.1"

	// built is where the box has what buildAll has made: bin/, dist/ with man
	// pages and completions, and the packages.
	built = "/opt/unitmon/deb"

	// builtVar names that directory outside.
	builtVar = "UNITMON_TEST_DEB"
)

// TestMain builds the packages, then runs this program once more to test them
// in a box: box.Main does not return, so that nobody would remove them.
func TestMain(m *testing.M) {
	box.Stage()
	if dir := os.Getenv(builtVar); dir != "" {
		box.Main(m, box.Options{Binds: []box.Bind{{Source: dir, Target: built}}})
	}
	status, err := outside()
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL:", err)
		status = 1
	}
	os.Exit(status)
}

func outside() (status int, err error) {
	dir, err := os.MkdirTemp("", "unitmon-deb-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := buildAll(dir); err != nil {
		return 0, err
	}
	return again(dir)
}

// buildAll builds two versions of the package, and the newer one twice.
func buildAll(dir string) error {
	bin, dist := filepath.Join(dir, "bin"), filepath.Join(dir, "dist")
	for _, args := range [][]string{
		{"chmod", "0755", dir},
		{"make", "--no-print-directory", "deb", "BIN=" + bin, "DIST=" + dist, "VERSION=" + older},
		{"env", "BIN=" + bin, "DIST=" + dist, "hack/deb", dist, newer},
		{"env", "BIN=" + bin, "DIST=" + dist, "hack/deb", filepath.Join(dir, "again"), newer},
	} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "XZ_LEVEL=0") // small is not what is tested
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	return nil
}

// again runs this program once more; it dies with us.
func again(dir string) (int, error) {
	runtime.LockOSThread() // whose end is what the kernel takes for the parent's
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(exe, os.Args[1:]...)
	cmd.Env = append(os.Environ(), builtVar+"="+dir)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	return cmd.ProcessState.ExitCode(), nil
}
