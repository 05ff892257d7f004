package manager

import (
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// A signal to a foreground run is one to the container's init.
func TestForeground_Signal(t *testing.T) {
	for sig, tc := range map[syscall.Signal]struct {
		said string
		code int
	}{
		syscall.SIGTERM: {"got TERM\n", 0},
		syscall.SIGINT:  {"got INT\n", 4},
		syscall.SIGHUP:  {"got HUP\n", 6},
		syscall.SIGQUIT: {"got QUIT\n", 5},
	} {
		t.Run(sig.String(), func(t *testing.T) {
			run := follow(t, "signalled", `trap 'echo got INT; exit 4' INT; trap 'echo got HUP; exit 6' HUP; `+trap)
			run.Await(t, "ready\n")
			run.Signal(t, sig)
			if r := run.Wait(); r.Code != tc.code || r.Stdout != "ready\n"+tc.said || r.Stderr != "" {
				t.Errorf("%+v, want code %d and %q", r, tc.code, tc.said)
			}
			kit.NothingLeft(t, "signalled")
		})
	}
}

// A signal to a foreground run whose container has no process, and waits to be
// started again, stops the unit.
func TestForeground_BetweenRuns(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP} {
		for _, stdio := range []string{"fifo", "journal"} {
			t.Run(sig.String()+" "+stdio, func(t *testing.T) {
				name := fresh("between")
				run := follow(t, name, "exit 3", "--restart", "always", "-p", "RestartSec=1h", "--stdio", stdio)
				kit.Await(t, service(name), "SubState=auto-restart", "SubState")
				run.Signal(t, sig)
				if r := run.Wait(); r.Code != 128+int(sig) || strings.Contains(r.Stderr, "forward") {
					t.Errorf("%+v, want code %d", r, 128+int(sig))
				}
				kit.NothingLeft(t, name)
			})
		}
	}
}

// A start that has not come to the container yet is taken back.
func TestForeground_BeforeRun(t *testing.T) {
	for _, stdio := range []string{"fifo", "journal"} {
		t.Run(stdio, func(t *testing.T) {
			name := fresh("before")
			run := follow(t, name, "exit 3", "-p", "ExecStartPre=/bin/sleep infinity", "--stdio", stdio)
			kit.Await(t, service(name), "SubState=start-pre", "SubState")
			run.Signal(t, syscall.SIGINT)
			if r := run.Wait(); r.Code != 130 || strings.Contains(r.Stderr, "forward") {
				t.Errorf("%+v, want code 130", r)
			}
			kit.NothingLeft(t, name)
		})
	}
}

// At a terminal ^C does it, and the unit that is kept is inactive.
func TestForeground_BetweenRunsTyped(t *testing.T) {
	name := fresh("typed")
	t.Cleanup(func() { kit.Purge(t, name) })
	term := kit.NewTerminal(t, 24, 80)
	run := term.Start(t, append([]string{"unitmon", "run"}, script(name, "exit 3", "--keep", "--restart", "always", "-p", "RestartSec=1h")...)...)
	kit.Await(t, service(name), "SubState=auto-restart", "SubState")
	term.Type(t, "\x03")
	if code := run.Wait(t); code != 130 {
		t.Errorf("code %d, want 130; the terminal shows %s", code, term.Screen())
	}
	wantShow(t, service(name), "ActiveState=inactive", "ActiveState")
}

// A detached run that takes its time says so at a terminal, and takes it away.
func TestDetached_Progress(t *testing.T) {
	shared, name := kit.Share(t), fresh("slow")
	t.Cleanup(func() { kit.Purge(t, name) })
	term := kit.NewTerminal(t, 24, 80)
	slow := "ExecStartPre=/bin/sh -c 'read x <" + shared.Path("go") + "'"
	run := term.Start(t, append([]string{"unitmon", "run", "-d"}, script(name, "sleep infinity", "-p", slow)...)...)
	term.AwaitText(t, "run "+name+" …")
	shared.Go(t)
	term.Await(t, "no progress any more", func(screen string) bool { return !strings.Contains(screen, "…") })
	if code := run.Wait(t); code != 0 {
		t.Errorf("code %d, %s", code, term.Screen())
	}
}

// attach leaves by such a signal, and the unit goes on.
func TestForeground_BetweenRunsAttached(t *testing.T) {
	shared, name := kit.Share(t), fresh("left")
	t.Cleanup(func() { kit.Purge(t, name) })
	kit.Detach(t, name, script(name, "echo here; read x </shared/go; exit 3", "--restart", "always", "-p", "RestartSec=1h", "-v", shared.Volume())...)
	attach := kit.Start(t, "unitmon", "attach", "--replay", "1", name)
	attach.Await(t, "here\n")
	shared.Go(t)
	kit.Await(t, service(name), "SubState=auto-restart", "SubState")
	attach.Signal(t, syscall.SIGTERM)
	if r := attach.Wait(); r.Code != 128+15 || r.Stderr != "" {
		t.Errorf("%+v, want code 143", r)
	}
	wantShow(t, service(name), "SubState=auto-restart", "SubState")
	kit.OK(t, "unitmon", "stop", name)
	kit.NothingLeft(t, name)
}

// A container does not need the command that started it.
func TestForeground_Killed(t *testing.T) {
	shared, name := kit.Share(t), fresh("orphan")
	run := follow(t, name, "echo one; read x </shared/go; echo two; read x </shared/go; exit 3", "-v", shared.Volume())
	run.Await(t, "one\n")
	run.Signal(t, syscall.SIGKILL)
	run.Wait()
	shared.Go(t)
	kit.AwaitMessage(t, "two", "CONTAINER_NAME="+name)
	wantShow(t, service(name), "ActiveState=active SubState=running", "ActiveState", "SubState")
	shared.Go(t)
	kit.NothingLeft(t, name)
	kit.AwaitMessage(t, "Container "+name+" exited with status 3 (exit-code)", "UNITMON_NAME="+name)
}

// manyLines is a script that writes n lines, far more than a pipe and a socket
// hold, and then a word to its standard error.
const (
	many      = 100000
	manyLines = "seq 100000; echo done >&2; exit 7"
)

// A reader that comes late gets everything.
func TestForeground_SlowReader(t *testing.T) {
	name := fresh("patient")
	cmd, out := piped(t, name, manyLines)
	// The output can only wait: the container is still writing.
	kit.Await(t, service(name), "SubState=running", "SubState")
	data, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
	wantStored(t, name)
	got := lines(string(data))
	if len(got) != many || got[0] != "1" || got[many-1] != "100000" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
}

// piped starts a foreground run whose standard output the caller reads.
func piped(t *testing.T, name, text string) (*exec.Cmd, io.ReadCloser) {
	t.Helper()
	t.Cleanup(func() { kit.Purge(t, name) })
	cmd := exec.CommandContext(kit.Context(t), "unitmon", append([]string{"run"}, script(name, text)...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// A reader that goes away, as of "| head -1", does not hurt the container,
// whose whole output is in the journal and whose exit code is reported.
func TestForeground_ReaderGone(t *testing.T) {
	name := fresh("unheard")
	cmd, out := piped(t, name, manyLines)
	first := make([]byte, 2)
	if _, err := io.ReadFull(out, first); err != nil || string(first) != "1\n" {
		t.Errorf("read %q, %v", first, err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 7 {
		t.Errorf("exit code %d, want 7", code)
	}
	kit.NothingLeft(t, name)
	wantStored(t, name)
}

// wantStored checks that many lines are in the journal, as logs joins them.
func wantStored(t *testing.T, name string) {
	t.Helper()
	kit.Sync(t)
	got := lines(kit.Unitmon(t, "logs", name).Stdout)
	for i, line := range got {
		if line != strconv.Itoa(i+1) {
			t.Fatalf("line %d in the journal is %q", i+1, line)
		}
	}
	if len(got) != many {
		t.Errorf("%d lines in the journal, want %d", len(got), many)
	}
}

// A foreground run that is stopped delays neither the exit of the container
// nor its record; once it goes on it tells the truth.
func TestForeground_Stopped(t *testing.T) {
	shared, name := kit.Share(t), fresh("frozen")
	run := follow(t, name, "echo one; read x </shared/go; seq 2000; echo done >&2; exit 7", "-v", shared.Volume())
	run.Await(t, "one\n")
	run.Signal(t, syscall.SIGSTOP)
	shared.Go(t)
	kit.AwaitMessage(t, "Container "+name+" exited with status 7 (exit-code)", "UNITMON_NAME="+name)
	kit.Sync(t)
	if n := len(kit.Messages(t, "CONTAINER_NAME="+name)); n != 2002 {
		t.Errorf("%d lines in the journal, want 2002", n)
	}
	run.Signal(t, syscall.SIGCONT)
	r := run.Wait()
	if n := strings.Count(r.Stdout, "\n"); r.Code != 7 || n != 2001 || r.Stderr != "done\n" {
		t.Errorf("code %d, %d lines, %q", r.Code, n, r.Stderr)
	}
	kit.NothingLeft(t, name)
}

// The container's standard input is empty, and not the caller's.
func TestForeground_Stdin(t *testing.T) {
	if r := foreground(t, "alone", "cat; echo end"); r.Code != 0 || r.Stdout != "end\n" {
		t.Errorf("%+v", r)
	}
}
