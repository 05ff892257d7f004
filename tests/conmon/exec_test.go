package conmon

import (
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/plan"
	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// execScenes: sessions in a container that runs already.
func execScenes() []scene {
	return []scene{
		{name: "exec", setup: func() rig.Setup {
			return rig.Setup{Exec: true, Plan: rig.Shell("echo hello; exit 5"), Options: []string{"-s", "--no-pivot", "--runtime-arg", "--root=/r", "--runtime-opt", "--preserve-fds=1"}}
		}, play: lifeAndArgv},
		{name: "exec, version 0", setup: func() rig.Setup {
			return rig.Setup{Exec: true, API0: true, Plan: rig.Shell("echo hello; exit 5")}
		}},
		{name: "exec as ExecSync does it", setup: func() rig.Setup {
			return rig.Setup{
				Exec: true, API0: true, Sync: true, Plan: rig.Shell("echo out; exit 5"),
				Without: []string{"-b", "-u", "-n", "--exit-dir", "--persist-dir", "--full-attach", "--exit-command"},
				Options: []string{"-T", "1000", "--log-global-size-max", "16777216"},
			}
		}},
		{name: "exec fails", setup: func() rig.Setup {
			return rig.Setup{Exec: true, Plan: plan.Plan{Stderr: "no such command\n", Status: 1}}
		}},
		{name: "exec fails, version 0", setup: func() rig.Setup {
			return rig.Setup{Exec: true, API0: true, Plan: plan.Plan{Stderr: "no such command\n", Status: 1}}
		}},
		{name: "exec with a terminal", setup: func() rig.Setup {
			return rig.Setup{Exec: true, Plan: rig.Shell("tty >/dev/null && echo on a terminal; exit 6"), Options: []string{"-t"}}
		}, play: lifeAndArgv},
		{name: "exec killed", setup: func() rig.Setup {
			return rig.Setup{Exec: true, Plan: rig.Shell("kill -TERM $$")}
		}},
		{name: "exec timeout", setup: func() rig.Setup {
			return rig.Setup{Exec: true, Plan: rig.Shell("exec sleep 1000"), Options: []string{"-T", "1"}}
		}},
		{name: "exec timeout, version 0", setup: func() rig.Setup {
			return rig.Setup{Exec: true, API0: true, Plan: rig.Shell("exec sleep 1000"), Options: []string{"-T", "1"}}
		}},
		{name: "exec with a client", setup: func() rig.Setup {
			return rig.Setup{Exec: true, ExecAttach: true, Log: "none", Plan: rig.Shell("read x; echo got $x; exit 5"), Options: []string{"-i"}}
		}, play: execAttach},
		{name: "exec with a client and a terminal", setup: func() rig.Setup {
			return rig.Setup{Exec: true, ExecAttach: true, Log: "none", Plan: rig.Shell("exec $TOOL size"), Options: []string{"-i", "-t"}}
		}, play: execTerminal},
		{name: "exec with a client that needs the pipe", setup: func() rig.Setup {
			return rig.Setup{Exec: true, ExecAttach: true, Sync: true, Plan: rig.Shell("exit 5"), Env: []string{"_OCI_ATTACHPIPE="}}
		}, play: firstFails},
	}
}

// execAttach is the handshake: socket ready, client, second start byte, pid,
// exit code.
func execAttach(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	var tr rig.Trace
	tr.Add("attach pipe: %q", r.Attach.Next())
	_, called := r.Seen("runtime")
	tr.Add("runtime called: %v", called)
	c := r.Dial(filepath.Join(r.Bundle, "attach")) // conmon's loop runs not yet
	r.Start.Send("\x00")
	tr.Add("sync: %q", r.Plain(r.Sync.Next()))
	c.Type("word\n")
	c.ToEnd()
	tr.Add("client: %q %q", c.Stdout, c.Stderr)
	for _, text := range r.Sync.All() {
		tr.Add("sync: %q", text)
	}
	tr.Add("monitor %d, exit file %s", r.End(), r.ExitFile())
	return tr
}

// execTerminal is the same with a terminal, which gets its size before there is
// one.
func execTerminal(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	var tr rig.Trace
	tr.Add("attach pipe: %q", r.Attach.Next())
	r.Ctl("ctl", "1 24 80\n")
	c := r.Client()
	_, called := r.Seen("runtime")
	tr.Add("runtime called: %v", called)
	r.Start.Send("\x00")
	tr.Add("sync: %q", r.Plain(r.Sync.Next()))
	c.Until(func() bool { return len(c.Stdout) > 0 })
	c.Type("word\n")
	c.ToEnd()
	tr.Add("client: %q %q", c.Stdout, c.Stderr)
	for _, text := range r.Sync.All() {
		tr.Add("sync: %q", text)
	}
	tr.Add("monitor %d, exit file %s", r.End(), r.ExitFile())
	return tr
}

// firstFails is for what the first process complains of.
func firstFails(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Launch(t, s)
	r.Start.Close()
	code, said := r.First()
	return rig.Trace{r.Plain(said), "ends with " + string(rune('0'+code))}
}
