package conmon

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/plan"
	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// runtimeDefects: runtimes that do what they should not.
func runtimeDefects() []defect {
	return []defect{
		{
			name: "runtime that prints 1 MiB and fails", setup: talkative(1<<20, 1), play: message,
			conmon: "nothing", want: `{"data": -1} in one piece of at most 4096 bytes, monitor 1`,
		},
		{
			name: "runtime that prints 1 MiB and fails, with a terminal", setup: talkative(1<<20, 1, "-t"), play: message,
			conmon: "nothing", want: `{"data": -1} in one piece of at most 4096 bytes, monitor 1`,
		},
		{
			name: "runtime with a message of 6000 bytes", setup: talkative(6000, 1), play: message,
			conmon: `{"data": -1} in one piece of more than 4096 bytes, monitor 1`, want: `{"data": -1} in one piece of at most 4096 bytes, monitor 1`,
		},
		{
			name: "runtime that prints 1 MiB and succeeds", setup: talkative(1<<20, 0), play: message,
			conmon: "nothing", want: `{"data": PID} in one piece of at most 4096 bytes, monitor 3`,
		},
		{
			name: "container that prints 1 MiB while it is created", setup: func() rig.Setup {
				p := rig.Shell("head -c 1000000 /dev/zero; echo >$D/linger; exit 3")
				p.Linger = "$D/linger"
				return rig.Setup{Plan: p, Before: rig.Fifo("linger")}
			}, play: message,
			conmon: "nothing", want: `{"data": PID} in one piece of at most 4096 bytes, monitor 3`,
		},
		{
			name: "create that fails after it connected to the console", setup: failing("close", "-t"), play: message,
			why: "2.2.1 says nothing, 2.1.6 does", want: `{"data": -1} in one piece of at most 4096 bytes, monitor 1`,
		},
		{
			name: "console that is never connected to", setup: failing("", "-t"), play: consoleSocket,
			conmon: "1 socket left", want: "0 sockets left",
		},
		{
			name: "pid file of an earlier session", setup: func() rig.Setup {
				return rig.Setup{Exec: true, Plan: plan.Plan{Stderr: "no such command\n"}}
			}, play: stalePIDFile,
			conmon: "the foreign process is reported, and killed", want: "-1 is reported, the foreign process lives",
		},
		{
			name: "pid file of an earlier session, and a runtime that fails", setup: func() rig.Setup {
				return rig.Setup{Exec: true, Plan: plan.Plan{Stderr: "no such command\n", Status: 1}}
			}, play: stalePIDFile,
			why: "2.2.1 reports the foreign process, 2.1.6 heeds the runtime's status", want: "-1 is reported, the foreign process lives",
		},
		noChildDefect(),
	}
}

// noChildDefect: before Linux 6.15 nobody can know the exit of another's child,
// and unknown is what -1 says.
func noChildDefect() defect {
	d := defect{
		name: "container that is no child", setup: func() rig.Setup { return rig.Setup{} }, play: noChild,
		conmon: "exit file -1", want: "exit file 7",
	}
	if !kernelKnowsExits() {
		d.why, d.want = "this kernel does not know", "exit file -1"
	}
	return d
}

func talkative(size, status int, options ...string) func() rig.Setup {
	return func() rig.Setup {
		p := rig.Shell("exit 3")
		p.Fill, p.Status, p.Stderr = size, status, "it begins: "
		return rig.Setup{Plan: p, Options: options}
	}
}

func failing(console string, options ...string) func() rig.Setup {
	return func() rig.Setup {
		return rig.Setup{Plan: plan.Plan{Stderr: "no such thing\n", Status: 1, Console: console}, Options: options}
	}
}

// message is what the engine gets, and whether it is what podman can read.
func message(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r := m.Begin(t, s)
	text, ok := r.Sync.Within(m.Hope)
	switch {
	case !ok:
		return "nothing"
	case text == "EOF":
		return fmt.Sprintf("EOF, monitor %d", r.End())
	}
	size := "at most"
	if len(text) > 4096 {
		size = "more than"
	}
	head, said, _ := strings.Cut(r.Plain(text), ",")
	if p := s.Plan; p.Status != 0 && !strings.Contains(said, strings.TrimSpace(p.Stderr)) {
		t.Errorf("%s: the message does not say %q: %q", m.Name, p.Stderr, said)
	}
	head = strings.TrimSuffix(strings.TrimSpace(head), "}")
	return fmt.Sprintf("%s} in one piece of %s 4096 bytes, monitor %d", head, size, r.End())
}

// consoleSocket looks for what is left where console sockets are made.
func consoleSocket(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r := m.Begin(t, s)
	r.End()
	if n := len(r.Tree("tmp")); n != 1 {
		return fmt.Sprintf("%d sockets left", n)
	}
	return "1 socket left"
}

// foreign is a process that is no child of a monitor, until its stdin ends;
// then it exits with 7. ended is closed when it has been reaped.
func foreign(t *testing.T) (cmd *exec.Cmd, end func(), ended <-chan struct{}) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), "/bin/sh", "-c", "read x; exit 7")
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	t.Cleanup(func() {
		_ = in.Close()
		<-done
	})
	return cmd, func() { must(t, in.Close()) }, done
}

// stalePIDFile: an earlier session's pid file names what is another process by
// now, and the runtime fails.
func stalePIDFile(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	cmd, _, ended := foreign(t)
	s.Before = func(dir string) {
		must(t, os.WriteFile(filepath.Join(dir, "pid"), fmt.Append(nil, cmd.Process.Pid), 0o644))
	}
	r := m.Begin(t, s)
	said := r.Sync.Next()
	if strings.HasPrefix(said, `{"data": -1, "message": "no such command`) {
		r.End()
		if syscall.Kill(cmd.Process.Pid, 0) != nil {
			return "-1 is reported, the foreign process is gone"
		}
		return "-1 is reported, the foreign process lives"
	}
	if said != fmt.Sprintf("{\"data\": %d}\n", cmd.Process.Pid) {
		return said
	}
	r.Signal(syscall.SIGTERM)
	<-ended
	return "the foreign process is reported, and killed"
}

// noChild: the pid file names a process outside the monitor's tree, as of a
// runtime whose containers are children of a daemon of its own.
func noChild(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	cmd, end, ended := foreign(t)
	s.Plan = plan.Plan{PID: cmd.Process.Pid}
	r, _ := m.Create(t, s)
	end()
	<-ended
	if _, ok := r.EndWithin(m.Hope); !ok {
		return "its end is not seen"
	}
	return "exit file " + r.ExitFile()
}
