package faults

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestKillStart kills Launch and Begin at every step of their work: the unit
// ends as failed, and nothing is left of it.
func TestKillStart(t *testing.T) {
	for i, step := range append(container.LaunchSteps(), container.BeginSteps()...) {
		for _, ready := range []string{"unit", "container"} {
			if ready == "container" && strings.HasPrefix(step, "begin:") {
				continue // Launch starts such a container itself
			}
			t.Run(step+" sdnotify="+ready, func(t *testing.T) {
				killStart(t, fmt.Sprintf("victim-%d-%s", i, ready), step, ready)
			})
		}
	}
}

func killStart(t *testing.T, name, step, ready string) {
	t.Cleanup(func() { kit.Purge(t, name) })
	t.Cleanup(func() { kit.LogOnFailure(t, name) })
	stop := newStop(t, step)
	run := exec.CommandContext(kit.Context(t), "unitmon", append(stop.args("run", "-d", "--sdnotify", ready),
		name, "--", "sh", "-c", "trap exit TERM; [ -z \"$NOTIFY_SOCKET\" ] || systemd-notify --ready; sleep 1000 & wait")...)
	out := new(strings.Builder)
	run.Stdout, run.Stderr = out, out
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	stop.kill()
	err := run.Wait()
	if step == "launch:done" {
		// Its work is done. The container goes on as if nothing had been.
		if err != nil {
			t.Errorf("unitmon run: %v: %s", err, out)
		}
		kit.Await(t, kit.Units(name)[0], "SubState=running Result=success", "SubState", "Result")
		kit.OK(t, "unitmon", "stop", name)
		return
	}
	kit.NothingLeft(t, name)
	if got := results(t, name); got != "signal" {
		t.Errorf("the unit ended with result %q, want signal; unitmon run: %v: %s", got, err, out)
	}
}

// results are the results with which the manager says that a container unit
// has failed (UNIT_RESULT= of its journal entries).
func results(t *testing.T, name string) string {
	t.Helper()
	var list []string
	for _, e := range kit.Entries(t, "_PID=1", "UNIT="+kit.Units(name)[0]) {
		if r := e.Get("UNIT_RESULT"); r != "" {
			list = append(list, r)
		}
	}
	return strings.Join(list, " ")
}

// TestKillReap kills Reap at every step: the next start of that name works, and
// nothing is left afterwards.
func TestKillReap(t *testing.T) {
	for i, step := range container.ReapSteps() {
		t.Run(step, func(t *testing.T) {
			name := fmt.Sprint("reaped-", i)
			stop := newStop(t, step)
			t.Cleanup(func() { kit.LogOnFailure(t, name) })
			kit.Detach(t, name, append(stop.args(), name, "--", "sh", "-c", "echo last words; sleep 1000")...)
			kit.OK(t, "unitmon", "kill", name)
			stop.kill()
			kit.NothingLeft(t, name)
			r := kit.Unitmon(t, "run", name, "--", "echo", "again")
			if r.Code != 0 || r.Stdout != "again\n" {
				t.Errorf("the next start: %+v", r)
			}
			kit.NothingLeft(t, name)
		})
	}
}

// stop makes a process of a unit stop at a step.
type stop struct {
	t          *testing.T
	step, fifo string
}

func newStop(t *testing.T, step string) *stop {
	t.Helper()
	s := &stop{t, step, filepath.Join("/run", "stop-"+strings.ReplaceAll(t.Name()[strings.Index(t.Name(), "/")+1:], "/", "-"))}
	if err := syscall.Mkfifo(s.fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// args are args with the options that tell the unit's processes.
func (s *stop) args(args ...string) []string {
	return append(args, "-p", "Environment=UNITMON_STOP_AT="+s.step+" UNITMON_STOP_FIFO="+s.fifo)
}

// kill waits until a process has come to the step, and kills it.
func (s *stop) kill() {
	s.t.Helper()
	f, err := os.OpenFile(s.fifo, os.O_RDWR, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := f.SetReadDeadline(time.Now().Add(kit.Patience)); err != nil {
		s.t.Fatal(err)
	}
	line := make([]byte, 32)
	n, err := f.Read(line)
	if err != nil {
		s.t.Fatalf("no process came to %s: %v", s.step, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatal(err)
	}
}
