package manager

import (
	"fmt"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// trap is an init that says that it is ready, and what it was sent.
const trap = `
	trap 'echo got TERM; exit 0' TERM
	trap 'echo got QUIT; exit 5' QUIT
	trap 'echo got USR1' USR1
	sleep infinity & # an orphan, which must not outlive the init
	echo ready
	while :; do wait; done`

// A stop sends the stop signal to the container's init, and the unit ends as
// the container does.
func TestStop(t *testing.T) {
	for _, tc := range []struct {
		signal, said, end string
		how               []string
	}{
		{"TERM", "got TERM", "Result=success ExecMainCode=1 ExecMainStatus=0", []string{"systemctl", "stop", service("stopped")}},
		{"TERM", "got TERM", "Result=success ExecMainCode=1 ExecMainStatus=0", []string{"unitmon", "stop", "stopped"}},
		{"SIGQUIT", "got QUIT", "Result=exit-code ExecMainCode=1 ExecMainStatus=5", []string{"systemctl", "stop", service("stopped")}},
	} {
		t.Run(tc.signal+" "+tc.how[0], func(t *testing.T) {
			id := kit.Detach(t, "stopped", script("stopped", trap, "--keep", "--stop-signal", tc.signal)...)
			kit.AwaitMessage(t, "ready", "CONTAINER_ID_FULL="+id)
			kit.OK(t, tc.how...)
			wantShow(t, service("stopped"), tc.end, "Result", "ExecMainCode", "ExecMainStatus")
			if got, want := output(t, id), "ready\n"+tc.said; got != want {
				t.Errorf("output %q, want %q", got, want)
			}
			kit.OK(t, "unitmon", "rm", "stopped")
			kit.NothingLeft(t, "stopped")
		})
	}
}

// An init that does not care is killed after the stop timeout, and with it
// everything else in the container.
func TestStop_Timeout(t *testing.T) {
	shared := kit.Share(t)
	// The other process is in a session of its own, and as deaf.
	id := kit.Detach(t, "deaf", script("deaf", `trap '' TERM; setsid sh -c 'trap "" TERM; cat /shared/go' & echo ready; wait`,
		"--keep", "--stop-timeout", "300ms", "-v", shared.Volume())...)
	kit.AwaitMessage(t, "ready", "CONTAINER_ID_FULL="+id)
	if n := len(inUnit(t, "deaf")); n < 3 {
		t.Fatalf("%d processes in the container, want the init, a shell and cat", n)
	}
	kit.OK(t, "systemctl", "stop", service("deaf"))
	wantEnd(t, service("deaf"), "Result=timeout ExecMainCode=2 ExecMainStatus=9")
	if left := inUnit(t, "deaf"); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// A stop of everything, as at shutdown, lets a container say its last words: its
// socket unit and relay are not among what is stopped, or the manager would
// throw away what comes while they wait for their stop (socket_enter_running()
// in systemd's socket.c), and would not start a relay that has left.
func TestStop_Everything(t *testing.T) {
	name := fresh("last-words")
	id := kit.Detach(t, name, script(name, trap, "--relay-idle", "0")...)
	kit.AwaitMessage(t, "ready", "CONTAINER_ID_FULL="+id)
	for _, u := range kit.Units(name)[1:] {
		if got := kit.Property(t, u, "Conflicts"); got != "" {
			t.Errorf("%s conflicts with %s", u, got)
		}
	}
	kit.Await(t, kit.Units(name)[1], "ActiveState=inactive", "ActiveState")
	kit.OK(t, "systemctl", "isolate", "unitmon-box.target")
	kit.NothingLeft(t, name)
	if got := output(t, id); got != "ready\ngot TERM" {
		t.Errorf("output %q", got)
	}
}

// inUnit lists the processes in a container unit's control group.
func inUnit(t *testing.T, name string) []kit.Process {
	t.Helper()
	var list []kit.Process
	for _, p := range kit.Processes(t) {
		if strings.Contains(p.Cgroup+"/", "/"+service(name)+"/") {
			list = append(list, p)
		}
	}
	return list
}

// A signal reaches the init, which alone decides what it does.
func TestKill(t *testing.T) {
	for _, how := range [][]string{
		{"systemctl", "kill", "--kill-whom=main", "-s", "USR1", service("hit")},
		{"unitmon", "kill", "-s", "USR1", "hit"},
	} {
		t.Run(how[0], func(t *testing.T) {
			id := kit.Detach(t, "hit", script("hit", trap)...)
			kit.AwaitMessage(t, "ready", "CONTAINER_ID_FULL="+id)
			kit.OK(t, how...)
			kit.AwaitMessage(t, "got USR1", "CONTAINER_ID_FULL="+id)
			wantShow(t, service("hit"), "ActiveState=active SubState=running", "ActiveState", "SubState")
			kit.OK(t, "unitmon", "kill", "hit")
			kit.NothingLeft(t, "hit")
		})
	}
}

// Without --kill-whom= systemctl signals every process of the unit; the init
// gets it too.
func TestKill_All(t *testing.T) {
	id := kit.Detach(t, "all", script("all", `trap 'echo init' USR1; sh -c 'trap "echo child" USR1; echo ready; while :; do sleep 1; done' & while :; do wait; done`)...)
	kit.AwaitMessage(t, "ready", "CONTAINER_ID_FULL="+id)
	kit.OK(t, "systemctl", "kill", "-s", "USR1", service("all"))
	kit.AwaitMessage(t, "init", "CONTAINER_ID_FULL="+id)
	kit.AwaitMessage(t, "child", "CONTAINER_ID_FULL="+id)
}

// A restart is a new init in the same container: the same ID, and the output
// of every run in the journal, though FIFOs and relay are the same.
func TestRestart(t *testing.T) {
	const runs = 6
	shared := kit.Share(t)
	id := kit.Detach(t, "again", script("again", `echo x >>/shared/runs; n=$(wc -l </shared/runs); echo run $n; echo error $n >&2; `+trap,
		"-p", "StartLimitIntervalSec=0", "-v", shared.Volume())...)
	inits := map[int]bool{}
	for n := 1; ; n++ {
		kit.AwaitMessage(t, fmt.Sprint("error ", n), "CONTAINER_ID_FULL="+id)
		inits[kit.MainPID(t, service("again"))] = true
		if n == runs {
			break
		}
		kit.OK(t, "systemctl", "restart", service("again"))
	}
	if len(inits) != runs {
		t.Errorf("%d inits in %d runs", len(inits), runs)
	}
	kit.OK(t, "systemctl", "stop", service("again"))
	kit.NothingLeft(t, "again")
	got := output(t, id)
	for n := 1; n <= runs; n++ {
		for _, want := range []string{"run", "error"} {
			if line := fmt.Sprintf("%s %d\n", want, n); strings.Count(got, line) != 1 {
				t.Errorf("%q is in the output %d times", line, strings.Count(got, line))
			}
		}
	}
	if n := strings.Count(got, "got TERM"); n != runs {
		t.Errorf("%d of %d inits were asked to stop", n, runs)
	}
}
