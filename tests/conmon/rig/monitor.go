package rig

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Patience bounds every wait for an event. A test that reaches it has failed.
const Patience = 30 * time.Second

// Monitor is one of the two programs that are compared.
type Monitor struct {
	Name, Path string
	// Hope bounds the wait for what a monitor with a defect never does.
	Hope time.Duration
	// Tool is the path of the fake runtime.
	Tool string
}

// Real reports whether it is Debian's conmon.
func (m Monitor) Real() bool { return m.Name == "conmon" }

var ours = flag.String("ours", "", "the monitor to test, instead of the one that is built from cmd/conmon")

// Monitors are Debian's conmon and ours, in this order. Build fills them.
type Monitors [2]Monitor

// Find returns the monitors, with ours and the fake runtime in a directory of
// programs, such as Build makes and a box has.
func Find(dir string) Monitors {
	tool, own := filepath.Join(dir, "faketool"), filepath.Join(dir, "conmon")
	if *ours != "" {
		own = *ours
	}
	return Monitors{
		{Name: "conmon", Path: "/usr/bin/conmon", Hope: 1500 * time.Millisecond, Tool: tool},
		{Name: "unitmon", Path: own, Hope: Patience, Tool: tool},
	}
}

// Build builds our monitor and the fake runtime into a directory.
func Build(dir string) (Monitors, error) {
	programs := []string{"./tests/conmon/cmd/faketool"}
	if *ours == "" {
		programs = append(programs, "./cmd/conmon")
	}
	for _, p := range programs {
		cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(dir, filepath.Base(p)), p)
		cmd.Dir = "../.." // of the package under test, as the go command runs it
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return Monitors{}, fmt.Errorf("build %s: %w\n%s", p, err, out)
		}
	}
	return Find(dir), nil
}

// Main runs the tests of a package that uses Build, as a subreaper.
func Main(m *testing.M, use func(Monitors)) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "monitors")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	found, err := Build(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := Subreap(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	use(found)
	return m.Run()
}

// Subreap makes the calling process the parent that orphans below it get.
func Subreap() error {
	return os.NewSyscallError("prctl PR_SET_CHILD_SUBREAPER", unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
}
