package kit

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

// Process is one process of the box.
type Process struct {
	PID    int
	Exe    string // the base name of its program; empty for a zombie
	Args   []string
	Cgroup string
}

// Processes lists all processes of the box but the caller.
func Processes(t testing.TB) []Process {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	var list []Process
	for _, d := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(d))
		line, err := os.ReadFile(d + "/cmdline")
		if err != nil || pid == os.Getpid() {
			continue // it has just ended
		}
		exe, _ := os.Readlink(d + "/exe")
		group, _ := os.ReadFile(d + "/cgroup")
		list = append(list, Process{
			PID: pid, Exe: filepath.Base(exe),
			Args:   strings.Split(string(bytes.TrimRight(line, "\x00")), "\x00"),
			Cgroup: strings.TrimSpace(string(group)),
		})
	}
	return list
}

// Ours lists the processes that run a program of unitmon's.
func Ours(t testing.TB) []Process {
	t.Helper()
	var list []Process
	for _, p := range Processes(t) {
		if strings.HasPrefix(p.Exe, "unitmon") {
			list = append(list, p)
		}
	}
	return list
}

// MainPID is the main process of a unit; the test fails if it has none.
func MainPID(t testing.TB, unit string) int {
	t.Helper()
	pid, err := strconv.Atoi(Property(t, unit, "MainPID"))
	if err != nil || pid == 0 {
		t.Fatalf("%s has no main process (%v)", unit, err)
	}
	return pid
}

// exitCode is a shell's view of an exit.
func exitCode(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}

// Settle waits until the short-lived processes that started a container have
// ended: that its start is done, which is when a detached run returns, may come
// a moment before launch has left. A relay is not waited for.
func Settle(t testing.TB) {
	t.Helper()
	for _, p := range Ours(t) {
		if len(p.Args) < 2 || p.Args[1] != "launch" && p.Args[1] != "begin" {
			continue
		}
		pidfd, err := sys.OpenPidfd(p.PID)
		if err != nil {
			continue // it has ended
		}
		if err := pidfd.WaitExit(Context(t)); err != nil {
			t.Fatalf("process %d, %q, does not end: %v", p.PID, p.Args, err)
		}
		_ = pidfd.Close()
	}
}
