package conmon

import (
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// signalScenes: signals to the monitor.
func signalScenes() []scene {
	const trap = "exec $TOOL signals"
	return []scene{
		{name: "SIGTERM", setup: shell(trap), play: signal(syscall.SIGTERM)},
		{name: "SIGINT", setup: shell(trap), play: signal(syscall.SIGINT)},
		{name: "SIGQUIT", setup: shell(trap), play: signal(syscall.SIGQUIT)},
		{name: "SIGPIPE and SIGUSR1", setup: shell(trap), play: harmless},
		{name: "SIGTERM before the start", setup: shell("exit 0"), play: termBeforeStart},
		{name: "SIGTERM while it is created", setup: func() rig.Setup {
			p := rig.Shell("exit 0")
			p.Hang = true
			return rig.Setup{Plan: p}
		}, play: termWhileCreated},
		{name: "SIGTERM while it is created with a terminal", setup: func() rig.Setup {
			p := rig.Shell("exit 0")
			p.Hang = true
			return rig.Setup{Plan: p, Options: []string{"-t"}}
		}, play: termWhileCreated},
		{name: "start pipe at its end", setup: shell("exit 3"), play: startEOF},
		{name: "start pipe that is none", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 3"), Env: []string{"_OCI_STARTPIPE=4x"}}
		}, play: firstFails},
		{name: "start pipe that is not open", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 3"), Env: []string{"_OCI_STARTPIPE=400"}}
		}, play: firstFails},
		{name: "monitor killed", setup: shell("read x <$D/go"), play: killed},
	}
}

func signal(sig syscall.Signal) func(*testing.T, rig.Monitor, rig.Setup) rig.Trace {
	return func(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
		t.Helper()
		r, _ := m.Create(t, s)
		r.AwaitRecord("log", "stdout F ready")
		r.Signal(sig)
		return r.Life()
	}
}

// harmless: the signals that a monitor does not pass on and does not die of.
func harmless(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r, pid := m.Create(t, s)
	r.AwaitRecord("log", "stdout F ready")
	r.Signal(syscall.SIGPIPE)
	r.Signal(syscall.SIGUSR1)
	must(t, syscall.Kill(pid, syscall.SIGTERM))
	return r.Life()
}

func termBeforeStart(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	// It may not have come to where it handles the signal: whether it dies of
	// it or ends by itself is no matter.
	r := m.Launch(t, s)
	r.AwaitFile("log")
	r.Signal(syscall.SIGTERM)
	code, _ := r.First()
	var tr rig.Trace
	tr.Add("first process succeeds: %v, pid file %s, exit command %s", code == 0, r.Read("conmon.pid"), r.Called())
	return tr
}

func termWhileCreated(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	r.AwaitFile("watch/runtime")
	r.Signal(syscall.SIGTERM)
	return r.Life()
}

func startEOF(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Launch(t, s)
	r.Start.Close()
	code, _ := r.First()
	var tr rig.Trace
	tr.Add("first process %d", code)
	return append(tr, r.Life()...)
}

// killed: a monitor that is killed takes nothing with it.
func killed(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, pid := m.Create(t, s)
	r.Signal(syscall.SIGKILL)
	var tr rig.Trace
	tr.Add("monitor %d", r.End())
	tr.Add("container alive: %v", syscall.Kill(pid, 0) == nil)
	tr.Add("sync: %q, exit file %s, exit command %s", r.Sync.All(), r.ExitFile(), r.Called())
	return tr
}
