package service

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/conmon/rig"
	"github.com/unitmon/unitmon/tests/kit"
)

// life is a container whose engine is the test.
type life struct {
	*rig.Run
	t       *testing.T
	id      string
	service *service
	keeper  *sys.Pidfd

	successor bool // the attach socket is one of these
}

// begin starts a container, which may read lines from $D/go, and waits until it
// is created.
func begin(t *testing.T, s rig.Setup) *life {
	t.Helper()
	m := rig.Find(box.ProgramDir)[1]
	if s.Before == nil {
		s.Before = rig.Fifo("go")
	}
	s.Env = append(s.Env, "UNITMON_UNIT=service")
	r, _ := m.Create(t, s)
	l := &life{Run: r, t: t, id: rig.ID, keeper: pidfd(t, r.Monitor())}
	l.service = follow(t, serviceName(rig.ID, r.Monitor()))
	l.service.running()
	return l
}

// awaitEnd waits for the end of the service and of its keeper, and checks that
// everybody was told the code.
func (l *life) awaitEnd(code int) {
	l.t.Helper()
	l.end(code, true)
}

// end is awaitEnd; the manager may have been told something else.
func (l *life) end(code int, manager bool) {
	l.t.Helper()
	want := fmt.Sprint(code)
	must(l.t, l.keeper.WaitExit(kit.Context(l.t)))
	if manager {
		l.service.exit(code)
	}
	if got := l.ExitFile(); got != want {
		l.t.Errorf("the exit file has %q, want %s", got, want)
	}
	if got := l.Read("persist/exit"); got != want {
		l.t.Errorf("persist/exit has %q, want %s", got, want)
	}
	l.wantCommand()
	l.wantEnd()
	if _, err := os.Lstat(l.Path("bundle/attach")); !l.successor && !errors.Is(err, fs.ErrNotExist) {
		l.t.Errorf("the attach socket is left: %v", err)
	}
}

// wantCommand checks that the exit command was run after the exit files were
// there, with the engine's environment and nobody's descriptors.
func (l *life) wantCommand() {
	l.t.Helper()
	rec, ran := l.Seen("exit-command")
	if !ran {
		l.t.Error("the exit command was not run")
		return
	}
	if len(rec.Found) != 2 || len(rec.FDs) != 3 || rec.Dir != l.Dir {
		l.t.Errorf("the exit command finds %q, has descriptors %v and is in %s", rec.Found, rec.FDs, rec.Dir)
	}
	for _, v := range rec.Env {
		for _, name := range []string{"NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_", "_UNITMON", "INVOCATION_ID", "GOMAXPROCS", "GODEBUG"} {
			if strings.HasPrefix(v, name) {
				l.t.Errorf("the exit command has %s", v)
			}
		}
	}
}

// TestEngine_Exit: what an engine sees of a monitor that was killed is what it
// sees of one that was not.
func TestEngine_Exit(t *testing.T) {
	for name, script := range map[string]string{"0": "exit 0", "7": "exit 7", "137": "kill -9 $$"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := begin(t, rig.Setup{Plan: rig.Shell("echo up; read x <$D/go; echo down; " + script)})
			l.service.kill()
			l.service.running()
			l.wantKeeper()
			l.Line("go", "x")
			l.awaitEnd(number(t, name))
			must(t, l.keeper.WaitReaped(kit.Context(t)))
			info, err := l.keeper.Info()
			must(t, err)
			if status, known := info.ExitStatus(); !known || status.ExitStatus() != number(t, name) {
				t.Errorf("the keeper ended with %v, want %s", status, name)
			}
			if got := l.Joined("log"); len(got) != 2 {
				t.Errorf("the log has %q", got)
			}
		})
	}
}

// wantKeeper checks that the process of the pid file is there, by a name that
// podman looks for.
func (l *life) wantKeeper() {
	l.t.Helper()
	if comm := read(l.t, fmt.Sprintf("/proc/%d/comm", l.Monitor())); comm != "conmon\n" {
		l.t.Errorf("the process of the pid file is %q", comm)
	}
	if n := l.Descriptors(); n > 10 {
		l.t.Errorf("the keeper has %d descriptors", n)
	}
}

// TestEngine_Keeper: the container and its exit do not need the keeper.
func TestEngine_Keeper(t *testing.T) {
	t.Parallel()
	l := begin(t, rig.Setup{Plan: rig.Shell("read x <$D/go; exit 7")})
	must(t, l.keeper.Signal(int(syscall.SIGKILL)))
	must(t, l.keeper.WaitExit(kit.Context(t)))
	l.service.kill()
	l.service.running()
	l.Line("go", "x")
	l.awaitEnd(7)
}

// TestEngine_Signal: a signal to the process that the engine knows is the
// container's, before a kill and after.
func TestEngine_Signal(t *testing.T) {
	t.Parallel()
	const script = "n=0; trap 'n=$((n+1)); echo got $n >$D/said; [ $n -lt 2 ] || exit 5' TERM; echo up >$D/said; while :; do read x <$D/go; done"
	l := begin(t, rig.Setup{Plan: rig.Shell(script), Before: rig.Fifo("go", "said")})
	wait := func(want string) {
		t.Helper()
		if got := l.Await("said"); got != want+"\n" {
			t.Fatalf("the container says %q, want %s", got, want)
		}
	}
	wait("up")
	must(t, l.keeper.Signal(int(syscall.SIGTERM)))
	wait("got 1")
	l.service.kill()
	l.service.running()
	must(t, l.keeper.Signal(int(syscall.SIGTERM)))
	wait("got 2")
	l.awaitEnd(5)
}

// TestEngine_Ports: a descriptor that the engine has reserved is held while the
// container lives, whatever happens to the monitor, and free before anybody can
// see that it has ended.
func TestEngine_Ports(t *testing.T) {
	t.Parallel()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	addr := listener.Addr().String()
	f, err := listener.File()
	must(t, err)
	l := begin(t, rig.Setup{Plan: rig.Shell("exec 6>&-; read x <$D/go; exit 7"), Files: []*os.File{f}})
	must(t, f.Close())
	must(t, listener.Close())
	held := func() bool {
		again, err := net.Listen("tcp", addr)
		if err == nil {
			must(t, again.Close())
		}
		return err != nil
	}
	for range 2 {
		if !held() {
			t.Error("the port is free, and the container runs")
		}
		l.service.kill()
		l.service.running()
	}
	hold := rig.NewHold(t, l.Path("persist"))
	l.Line("go", "x")
	name, _, allow := hold.Wait()
	if held() {
		t.Errorf("the port is not free when %s is made", name)
	}
	allow()
	hold.Release()
	l.awaitEnd(7)
}

// TestEngine_Limits: the container has the engine's resource limits, and not the
// manager's.
func TestEngine_Limits(t *testing.T) {
	t.Parallel()
	var want unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_CORE, &want))
	changed := unix.Rlimit{Cur: 4096, Max: want.Max}
	must(t, unix.Setrlimit(unix.RLIMIT_CORE, &changed))
	t.Cleanup(func() { must(t, unix.Setrlimit(unix.RLIMIT_CORE, &want)) })
	l := begin(t, rig.Setup{Plan: rig.Shell("ulimit -c; read x <$D/go; exit 7")})
	l.service.kill()
	l.service.running()
	l.Line("go", "x")
	l.awaitEnd(7)
	if got := l.Joined("log"); len(got) != 1 || !strings.HasSuffix(got[0], " 8") { // of 512 bytes each
		t.Errorf("the log has %q", got)
	}
}

// TestEngine_Creating: the monitor is killed while the runtime is at work: the
// engine is told so.
func TestEngine_Creating(t *testing.T) {
	t.Parallel()
	p := rig.Shell("exit 7")
	p.Gate = "$D/gate"
	m := rig.Find(box.ProgramDir)[1]
	r := m.Begin(t, rig.Setup{Plan: p, Before: rig.Fifo("gate"), Env: []string{"UNITMON_UNIT=service"}})
	l := &life{Run: r, t: t, id: rig.ID, keeper: pidfd(t, r.Monitor())}
	r.AwaitFile("watch/runtime")
	l.service = follow(t, serviceName(rig.ID, r.Monitor()))
	l.service.kill()
	if got := r.Sync.Next(); !strings.HasPrefix(got, `{"data": -1, "message": "`) {
		t.Errorf("sync pipe: %q", got)
	}
	if got := r.Sync.Next(); got != "EOF" {
		t.Errorf("sync pipe: %q, want its end", got)
	}
	must(t, l.keeper.WaitExit(kit.Context(t)))
	l.service.exit(1)
	if got := l.ExitFile(); got != "none" {
		t.Errorf("the exit file has %q", got)
	}
	l.wantEnd()
}

// wantEnd checks that no process is left.
func (l *life) wantEnd() {
	l.t.Helper()
	if left := l.Left(); len(left) > 0 {
		l.t.Errorf("left: %q", left)
	}
}
