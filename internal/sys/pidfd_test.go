package sys

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// start runs a process that lives until its standard input ends.
func start(t *testing.T, shell string) (*exec.Cmd, *Pidfd, func()) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "read x; "+shell)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := OpenPidfd(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); in.Close(); cmd.Wait() })
	return cmd, p, func() { in.Close() }
}

func TestPidfd_ExitOfAnotherParentsView(t *testing.T) {
	for _, c := range []struct {
		shell    string
		exit     int
		signaled bool
	}{{"exit 42", 42, false}, {"kill -9 $$", -1, true}} {
		cmd, p, release := start(t, c.shell)
		if gone, err := p.Exited(); gone || err != nil {
			t.Fatalf("Exited() of a living process = %v, %v", gone, err)
		}
		info, err := p.Info()
		if err != nil || int(info.PID) != cmd.Process.Pid || int(info.PPID) != os.Getpid() {
			t.Fatalf("Info() = %+v, %v; want pid %d", info, err, cmd.Process.Pid)
		}
		release()
		if err := p.WaitExit(t.Context()); err != nil {
			t.Fatal(err)
		}
		// A zombie: ended, but nobody took the status, so it is unknown.
		if info, err = p.Info(); err != nil {
			t.Fatal(err)
		}
		if _, known := info.ExitStatus(); known {
			t.Error("exit status known before the process was reaped")
		}
		cmd.Wait()
		if err := p.WaitReaped(t.Context()); err != nil {
			t.Fatal(err)
		}
		if info, err = p.Info(); err != nil {
			t.Fatal(err)
		}
		st, known := info.ExitStatus()
		if !known || st.ExitStatus() != c.exit || st.Signaled() != c.signaled {
			t.Errorf("%s: status %v known %v", c.shell, st, known)
		}
		if err := p.Signal(15); !IsErrno(err, ESRCH) {
			t.Errorf("signal after the reap: %v, want ESRCH", err)
		}
	}
}

func TestPidfd_WaitCancelled(t *testing.T) {
	_, p, release := start(t, "exit 0")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.WaitExit(ctx) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("WaitExit = %v, want context.Canceled", err)
	}
	// The handle is as good as before.
	release()
	if err := p.WaitExit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenPidfd_NoSuchProcess(t *testing.T) {
	cmd, _, release := start(t, "exit 0")
	release()
	cmd.Wait()
	if _, err := OpenPidfd(cmd.Process.Pid); !IsErrno(err, ESRCH) {
		t.Errorf("error %v, want ESRCH", err)
	}
}

func TestNewPidfd_TakesOver(t *testing.T) {
	_, p, release := start(t, "exit 0")
	var dup int
	err := p.control(func(fd int) (err error) { dup, err = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3); return err })
	if err != nil {
		t.Fatal(err)
	}
	q, err := NewPidfd(dup)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	release()
	if err := q.WaitExit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestParseSignal(t *testing.T) {
	for s, want := range map[string]int{
		"9": 9, "SIGTERM": 15, "term": 15, "RTMIN": 34, "SIGRTMIN+3": 37, "RTMAX-1": 63,
		"0": 0, "65": 0, "NOPE": 0, "RTMIN+40": 0, "RTMIN-1": 0, "RTMAX+1": 0, "": 0,
	} {
		got, ok := ParseSignal(s)
		if ok != (want != 0) || (ok && got != want) {
			t.Errorf("ParseSignal(%q) = %d, %v; want %d", s, got, ok, want)
		}
	}
}

func TestParseErrno(t *testing.T) {
	if n, ok := ParseErrno("EPERM"); !ok || n != 1 {
		t.Errorf("EPERM = %d, %v", n, ok)
	}
	if _, ok := ParseErrno("EXX"); ok {
		t.Error("EXX is an error number")
	}
}
