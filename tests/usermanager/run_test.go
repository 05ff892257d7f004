package usermanager

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

func TestRun_ExitCode(t *testing.T) {
	u := alice(t)
	for _, code := range []int{0, 7, 255} {
		name := fmt.Sprintf("exit%d", code)
		got := u.Unitmon(t, "run", run(name, fmt.Sprintf("echo out; echo err >&2; exit %d", code))...)
		if want := (kit.Result{Stdout: "out\n", Stderr: "err\n", Code: code}); got != want {
			t.Errorf("exit code %d: got %+v", code, got)
		}
		u.NothingLeft(t, name)
	}
}

// TestRun_Signal: the first process of a pid namespace dies of SIGKILL only,
// and only from outside.
func TestRun_Signal(t *testing.T) {
	u := alice(t)
	cmd := start(t, u, run("killed", "echo ready; exec sleep infinity")...)
	if r := u.Unitmon(t, "kill", "killed"); r.Code != 0 {
		t.Fatalf("kill: %+v", r)
	}
	if code := wait(t, cmd); code != 128+9 {
		t.Errorf("exit code %d, want 137", code)
	}
	u.NothingLeft(t, "killed")
}

// TestRun_Forward: a signal to unitmon is the container's.
func TestRun_Forward(t *testing.T) {
	u := alice(t)
	cmd := start(t, u, run("forward", "trap 'exit 3' TERM; echo ready; while :; do sleep 1; done")...)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := wait(t, cmd); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	u.NothingLeft(t, "forward")
}

// start starts a container in the foreground that says "ready", and waits for
// that.
func start(t *testing.T, u kit.User, args ...string) *exec.Cmd {
	t.Helper()
	line := u.As(append([]string{"unitmon", "run", "--user-manager"}, args...)...)
	cmd := exec.CommandContext(kit.Context(t), line[0], line[1:]...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(io.LimitReader(out, 64)).ReadString('\n'); line != "ready\n" {
		t.Fatalf("output %q, want ready (%v)", line, err)
	}
	return cmd
}

// wait is the exit code of a command.
func wait(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

func TestRun_SDNotify(t *testing.T) {
	u := alice(t)
	u.Detach(t, "ready", run("ready", "systemd-notify --ready --status='all well'; exec sleep infinity", "--sdnotify=container")...)
	const unit = "unitmon-ready.service"
	if got := u.Show(t, unit, "ActiveState", "StatusText"); got != "ActiveState=active StatusText=all well" {
		t.Errorf("%s", got)
	}
	if r := u.Unitmon(t, "stop", "ready"); r.Code != 0 {
		t.Errorf("stop: %+v", r)
	}
	u.NothingLeft(t, "ready")
}

// TestRun_Restart: Restart= of the unit is the container's restart policy.
func TestRun_Restart(t *testing.T) {
	u := alice(t)
	u.Detach(t, "again", run("again", "exec sleep infinity", "--restart=on-failure")...)
	if r := u.Unitmon(t, "kill", "again"); r.Code != 0 {
		t.Fatalf("kill: %+v", r)
	}
	u.Await(t, "unitmon-again.service", "NRestarts=1 ActiveState=active", "NRestarts", "ActiveState")
	if r := u.Unitmon(t, "stop", "again"); r.Code != 0 {
		t.Errorf("stop: %+v", r)
	}
	u.NothingLeft(t, "again")
}
