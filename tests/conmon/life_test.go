package conmon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/plan"
	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// lifeScenes: messages, files and exit codes of containers.
func lifeScenes() []scene {
	return []scene{
		{name: "exit code", setup: shell("echo hello; exit 5")},
		{name: "killed", setup: shell("kill -KILL $$")},
		{name: "partial last line", setup: shell("printf hello")},
		{name: "version 0", setup: func() rig.Setup {
			return rig.Setup{API0: true, Plan: rig.Shell("exit 5")}
		}},
		{name: "create fails", setup: func() rig.Setup {
			return rig.Setup{Plan: plan.Plan{Stderr: "no such image\n", Status: 1}}
		}},
		{name: "create fails, version 0", setup: func() rig.Setup {
			return rig.Setup{API0: true, Plan: plan.Plan{Stderr: "no such image\n", Status: 1}}
		}},
		{name: "create fails silently", setup: func() rig.Setup {
			return rig.Setup{Plan: plan.Plan{Status: 3}}
		}},
		{name: "create fails with odd characters", setup: func() rig.Setup {
			return rig.Setup{Plan: plan.Plan{Stderr: "\"a\\b/c\t\x01\x7f\u00e4\r\n\b\f", Status: 1}}
		}},
		{name: "create fails with a terminal", setup: func() rig.Setup {
			return rig.Setup{Plan: plan.Plan{Stderr: "no such thing\n", Status: 1}, Options: []string{"-t"}}
		}},
		{name: "no pid file", setup: func() rig.Setup {
			return rig.Setup{Plan: plan.Plan{}}
		}},
		{name: "no pid file, but a message", setup: func() rig.Setup {
			return rig.Setup{Plan: plan.Plan{Stderr: "forgot it\n"}}
		}},
		{name: "sync", setup: func() rig.Setup {
			return rig.Setup{Sync: true, Plan: rig.Shell("echo hello; exit 7")}
		}},
		{name: "restore", setup: func() rig.Setup {
			return rig.Setup{
				Plan:    rig.Shell("exit 4"),
				Options: []string{"--restore", "/image", "--no-pivot", "--no-new-keyring", "-s", "--runtime-arg", "--root=/r", "--runtime-opt", "--tcp-established", "--restore-arg", "--file-locks"},
			}
		}, play: lifeAndArgv},
		{name: "create's arguments", setup: func() rig.Setup {
			return rig.Setup{
				Plan:    rig.Shell("exit 4"),
				Options: []string{"-s", "--runtime-arg", "--log-format=json", "--runtime-arg", "--log", "--runtime-arg=x", "--runtime-opt", "--preserve-fds", "--runtime-opt", "2"},
			}
		}, play: lifeAndArgv},
		{name: "end of the engine", setup: shell("read x <$D/go; exit 3"), play: engineGone},
		{name: "exit directory that is missing", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("exit 5"), ExitDir: "/nowhere/exits"}
		}},
		{name: "exit delay", setup: shell("exit 3", "--exit-delay", "1"), play: exitDelay},
		{name: "what is left", setup: shell("read x <$D/go; exit 3"), play: whatIsLeft},
		{name: "socket directory", setup: func() rig.Setup {
			return rig.Setup{Plan: rig.Shell("read x <$D/go; exit 3"), Without: []string{"--full-attach"}}
		}, play: socketDirectory},
		{name: "the monitor's process", setup: shell("read x <$D/go"), play: process},
		{name: "order at the end", setup: shell("read x <$D/go; exit 3"), play: order},
		{name: "timeout", setup: shell("echo hello; exec sleep 1000", "--timeout", "1")},
		{name: "timeout that is not reached", setup: shell("exit 2", "--timeout", "1000")},
	}
}

func lifeAndArgv(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	tr := r.Life()
	tr.Add("runtime: %s", r.Argv())
	return tr
}

// engineGone: nobody reads the sync pipe any more.
func engineGone(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	r.Sync.Close()
	r.Line("go", "x")
	var tr rig.Trace
	tr.Add("monitor %d, exit file %s", r.End(), r.ExitFile())
	return tr
}

// exitDelay: the exit file is there long before the exit command.
func exitDelay(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r, _ := m.Create(t, s)
	var tr rig.Trace
	tr.Add("sync: %s", r.Sync.Next())
	_, called := r.Seen("exit-command")
	tr.Add("exit file at the end of the sync pipe: %s, exit command called: %v", r.ExitFile(), called)
	r.End()
	_, called = r.Seen("exit-command")
	tr.Add("at the end: %v", called)
	return tr
}

// whatIsLeft: files, their modes and owners of the life.
func whatIsLeft(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	tr := rig.Trace(append(r.Tree("bundle"), r.Tree("sockets")...))
	tr.Add("%s", r.Mode("conmon.pid"))
	tr.Add("%s", r.Mode("log"))
	r.Line("go", "x")
	r.End()
	tr.Add("later")
	tr = append(tr, r.Tree("bundle")...)
	tr = append(tr, r.Tree("exits")...)
	tr = append(tr, r.Tree("persist")...)
	return append(tr, r.Tree("tmp")...)
}

// socketDirectory: the link by which CRI-O's clients find the attach socket.
func socketDirectory(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = func(dir string) {
		rig.Fifo("go")(dir)
		// What an earlier one left.
		_ = os.Symlink("/nowhere", filepath.Join(dir, "sockets", rig.ID))
	}
	s.Options = append(s.Options, "--socket-dir-path", "$D/sockets")
	r, _ := m.Create(t, s)
	tr := rig.Trace(r.Tree("sockets"))
	c := r.Dial(r.Path("sockets/" + rig.ID + "/attach"))
	r.Line("go", "x")
	c.ToEnd()
	r.End()
	tr.Add("exit command: %s", r.Called())
	tr.Add("later")
	return append(tr, r.Tree("sockets")...)
}

// process: what the monitor's process looks like to those who look for it.
func process(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, pid := m.Create(t, s)
	mon := r.Monitor()
	var tr rig.Trace
	tr.Add("name %s, file %s", rig.Status(mon, "Name"), filepath.Base(link(mon, "exe")))
	tr.Add("in %s, stdio %s %s %s", r.Plain(link(mon, "cwd")), link(mon, "fd/0"), link(mon, "fd/1"), link(mon, "fd/2"))
	tr.Add("leads a session: %v, a group: %v", session(t, mon) == mon, group(t, mon) == mon)
	tr.Add("parent of the container: %v", rig.Status(pid, "PPid") == rig.Status(mon, "Pid"))
	r.Line("go", "x")
	r.End()
	rec, _ := r.Seen("runtime")
	tr.Add("parent of the runtime: %v, in its session: %v", rec.Parent == mon, rec.Session == mon)
	return tr
}

// order is the order of the files at the end.
func order(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before, s.Without = rig.Fifo("go"), []string{"--full-attach"}
	s.Options = append(s.Options, "--socket-dir-path", "$D/sockets")
	r, _ := m.Create(t, s)
	w := rig.NewWatch(t, map[string]string{
		"bundle": r.Bundle, "exits": r.Path("exits"), "persist": r.Path("persist"), "sockets": r.Path("sockets"), "watch": r.Path("watch"),
	})
	r.Line("go", "x")
	r.End()
	var tr rig.Trace
	for _, ev := range w.All() {
		tr.Add("%s", r.Plain(ev))
	}
	return tr
}
