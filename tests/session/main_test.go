// Package session shows what it is to be at a container: "unitmon run -i" and
// "-t", and "unitmon attach", with their input, output, exit codes, signals and
// terminals.
package session

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

func TestMain(m *testing.M) {
	box.Main(m, box.Options{Programs: []string{"./cmd/unitmon", "./cmd/unitmon-relay"}})
}

// detach starts a container with a shell script as its init.
func detach(t *testing.T, name, script string, options ...string) {
	t.Helper()
	kit.Detach(t, name, append(options, name, "--", "/bin/sh", "-c", script)...)
}

// feed runs unitmon to its end with this input.
func feed(t *testing.T, in io.Reader, args ...string) kit.Result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(kit.Context(t), "unitmon", args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &errs
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%q did not run", args)
	}
	return kit.Result{Stdout: out.String(), Stderr: errs.String(), Code: cmd.ProcessState.ExitCode()}
}

// want compares a result.
func want(t *testing.T, got kit.Result, stdout string, code int) {
	t.Helper()
	if got.Stdout != stdout || got.Stderr != "" || got.Code != code {
		t.Errorf("%d, stdout %.300q, stderr %.300q, want %d, %.300q", got.Code, got.Stdout, got.Stderr, code, stdout)
	}
}

// talk is unitmon with a stdin that the test writes to.
type talk struct {
	*kit.Program
	t  *testing.T
	in *os.File
}

// start starts unitmon so.
func start(t *testing.T, args ...string) talk {
	t.Helper()
	fifo := filepath.Join(t.TempDir(), "stdin")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p := kit.Start(t, append([]string{"/bin/sh", "-c", `fifo=$1; shift; exec unitmon "$@" <"$fifo"`, "sh", fifo}, args...)...)
	in, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return talk{p, t, in}
}

// say types text.
func (s talk) say(text string) {
	s.t.Helper()
	if _, err := s.in.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// hush ends the input.
func (s talk) hush() {
	s.t.Helper()
	if err := s.in.Close(); err != nil {
		s.t.Fatal(err)
	}
}
