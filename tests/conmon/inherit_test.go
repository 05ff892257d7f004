package conmon

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// inheritScenes: what goes through a monitor: environment, descriptors.
func inheritScenes() []scene {
	return []scene{
		{name: "environment", setup: func() rig.Setup {
			return rig.Setup{
				Plan: rig.Shell("exit 0"),
				Env:  []string{"EMPTY=", "XDG_RUNTIME_DIR=", "_CONTAINERS_USERNS_CONFIGURED=done", "LISTEN_FDS=2", "LISTEN_PID=1", "LISTEN_FDNAMES=a:b", "NOTIFY_SOCKET=/nowhere"},
			}
		}, play: environment},
		{name: "descriptors", setup: shell("read x <$D/go; exit 3"), play: descriptors},
		{name: "LISTEN_PID", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 3"), Env: []string{"LISTEN_FDS=1", "LISTEN_PID=1"}, Options: []string{"--replace-listen-pid"}}
		}, play: listenPID},
		{name: "LISTEN_PID kept", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 3"), Env: []string{"LISTEN_FDS=1", "LISTEN_PID=1"}}
		}, play: listenPID},
		{name: "LISTEN_PID that is none", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 3"), Env: []string{"LISTEN_FDS=1", "LISTEN_PID=x"}}
		}, play: messageOnly},
		{name: "working directory", setup: shell("exit 3"), play: directories},
	}
}

// environment: the runtime and the exit command have all of it, and nothing
// more.
func environment(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	var tr rig.Trace
	for _, who := range []string{"runtime", "exit-command"} {
		rec, _ := r.Seen(who)
		slices.Sort(rec.Env)
		for _, v := range rec.Env {
			if !strings.HasPrefix(v, "PATH=") {
				tr.Add("%s: %s", who, r.Plain(v))
			}
		}
	}
	return tr
}

// descriptors: those that came with the engine's call are the runtime's too,
// under the same numbers, and are closed before the exit file is there.
func descriptors(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	var p [2]int
	must(t, unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK))
	far := os.NewFile(uintptr(p[1]), "write end")
	near := os.NewFile(uintptr(p[0]), "read end")
	defer func() { _ = near.Close() }()
	want := link(os.Getpid(), fmt.Sprintf("fd/%d", p[1]))
	s.Before, s.Files = rig.Fifo("go"), []*os.File{far}
	r, _ := m.Create(t, s)
	must(t, far.Close())
	hold := rig.NewHold(t, r.Path("persist"))
	r.Line("go", "x")
	_, _, allow := hold.Wait()
	_, err := near.Read(make([]byte, 1))
	allow()
	hold.Release()
	r.End()
	rec, _ := r.Seen("runtime")
	var tr rig.Trace
	tr.Add("the runtime has it as 6: %v", rec.FDs[6] == want)
	for _, fd := range []int{3, 4} {
		tr.Add("the runtime has a pipe of the engine: %v", strings.HasPrefix(rec.FDs[fd], "socket:"))
	}
	tr.Add("closed before the exit file: %v", err != nil && err.Error() == "EOF")
	rec, _ = r.Seen("exit-command")
	tr.Add("the exit command has %d", len(rec.FDs))
	return tr
}

func listenPID(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	rec, _ := r.Seen("runtime")
	var tr rig.Trace
	for _, v := range rec.Env {
		if strings.HasPrefix(v, "LISTEN_") {
			tr.Add("%s", strings.ReplaceAll(v, fmt.Sprintf("=%d", rec.PID), "=RUNTIME"))
		}
	}
	return tr
}

func directories(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	a, _ := r.Seen("runtime")
	b, _ := r.Seen("exit-command")
	return rig.Trace{r.Plain(a.Dir), r.Plain(b.Dir)}
}
