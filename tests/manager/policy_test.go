package manager

import (
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// counting is a script's beginning: $n is the number of the run.
const counting = "echo x >>/shared/runs; n=$(wc -l </shared/runs); echo run $n; "

// Restart= acts on the container's exit code. A foreground run stays until the
// container ends for good, shows the output of all runs and ends as the last.
func TestRestartPolicy(t *testing.T) {
	for given, option := range map[string][]string{
		"property": {"-p", "Restart=on-failure"},
		"option":   {"--restart", "on-failure"},
	} {
		t.Run(given, func(t *testing.T) {
			shared, name := kit.Share(t), fresh("retry")
			options := append(option, "-p", "RestartSec=10ms", "--keep", "-v", shared.Volume())
			r := foreground(t, name, counting+`test $n = 4 || exit 3; echo good >&2`, options...)
			if want := "run 1\nrun 2\nrun 3\nrun 4\n"; r.Code != 0 || r.Stdout != want || r.Stderr != "good\n" {
				t.Errorf("got %+v, want code 0 and %q", r, want)
			}
			wantShow(t, service(name), "NRestarts=3 Result=success ExecMainCode=1 ExecMainStatus=0",
				"NRestarts", "Result", "ExecMainCode", "ExecMainStatus")
			kit.Sync(t)
			if n := len(kit.Messages(t, "CONTAINER_NAME="+name)); n != 5 {
				t.Errorf("%d lines in the journal, want 5", n)
			}
			kit.OK(t, "unitmon", "rm", name)
			kit.NothingLeft(t, name)
		})
	}
}

// A container that is never good ends as failed by the start limit, and a
// foreground run with it.
func TestRestartPolicy_Limit(t *testing.T) {
	shared := kit.Share(t)
	r := foreground(t, "limited", counting+"exit 3", "--restart", "on-failure", "-v", shared.Volume(),
		"-p", "RestartSec=10ms", "-p", "StartLimitBurst=2", "-p", "StartLimitIntervalSec=1h")
	if want := "run 1\nrun 2\n"; r.Code != 3 || r.Stdout != want {
		t.Errorf("got %+v, want code 3 and %q", r, want)
	}
	kit.NothingLeft(t, "limited")
}

// A detached start is done when the container has run, also when it has ended
// so soon that the manager calls its first start failed, and is to run again.
func TestRestartPolicy_Detached(t *testing.T) {
	shared := kit.Share(t)
	id := kit.Detach(t, "restless", script("restless", counting+"exit 3", "--restart", "always", "-p", "RestartSec=1h", "-v", shared.Volume())...)
	kit.AwaitMessage(t, "run 1", "CONTAINER_ID_FULL="+id)
	kit.Await(t, service("restless"), "SubState=auto-restart ExecMainStatus=3", "SubState", "ExecMainStatus")
	kit.OK(t, "unitmon", "stop", "restless")
	kit.NothingLeft(t, "restless")
}

// onFailure tells the journal what the manager tells it of the failed unit,
// systemd.exec(5).
const onFailure = `[Service]
Type=oneshot
SyslogIdentifier=%n
ExecStart=/bin/sh -c 'echo "$MONITOR_UNIT $MONITOR_SERVICE_RESULT $MONITOR_EXIT_CODE $MONITOR_EXIT_STATUS"'
`

// A failed container starts the unit that OnFailure= names, which learns the
// container's own exit.
func TestOnFailure(t *testing.T) {
	const unit = "sorry.service"
	if err := os.WriteFile("/run/systemd/system/"+unit, []byte(onFailure), 0o644); err != nil {
		t.Fatal(err)
	}
	kit.OK(t, "systemctl", "daemon-reload")
	for how, tc := range map[string]struct {
		end  string
		fail func(name string)
	}{
		"exits": {"exit-code exited 7", func(name string) {
			kit.OK(t, "systemctl", "kill", "--kill-whom=main", "-s", "USR1", service(name))
		}},
		"killed": {"signal killed KILL", func(name string) {
			kit.OK(t, "systemctl", "kill", "--kill-whom=main", "-s", "KILL", service(name))
		}},
	} {
		t.Run(how, func(t *testing.T) {
			name := fresh(how)
			id := kit.Detach(t, name, script(name, `trap 'exit 7' USR1; echo ready; sleep infinity & wait`, "-p", "OnFailure="+unit)...)
			kit.AwaitMessage(t, "ready", "CONTAINER_ID_FULL="+id)
			tc.fail(name)
			kit.AwaitMessage(t, service(name)+" "+tc.end, "SYSLOG_IDENTIFIER="+unit)
		})
	}
}

// RuntimeMaxSec= ends a container that runs for too long.
func TestRuntimeMax(t *testing.T) {
	r := foreground(t, "tired", trap, "-p", "RuntimeMaxSec=1", "--keep")
	if want := "ready\ngot TERM\n"; r.Stdout != want {
		t.Errorf("got %+v, want %q", r, want)
	}
	wantEnd(t, service("tired"), "Result=timeout ExecMainCode=1 ExecMainStatus=0")
	if r.Code != 0 {
		t.Errorf("exit code %d, want the container's own, 0", r.Code)
	}
}

// Properties and the slice are the unit's.
func TestProperties(t *testing.T) {
	const slice = "unitmon-test.slice"
	kit.Detach(t, "props", "--slice", slice, "-p", "MemoryMax=64M", "-p", "Environment=A=1 B=2", "-p", "CPUWeight=50",
		"-p", "Description=one of many", "props", "--", "/bin/sleep", "infinity")
	wantShow(t, service("props"),
		"Slice="+slice+" MemoryMax=67108864 Environment=A=1 B=2 CPUWeight=50 Description=one of many Delegate=yes Type=notify",
		"Slice", "MemoryMax", "Environment", "CPUWeight", "Description", "Delegate", "Type")
	// The whole container is in it, its init in a control group of its own.
	group := kit.Property(t, service("props"), "ControlGroup")
	if !strings.HasSuffix(group, "/"+slice+"/"+service("props")) {
		t.Errorf("control group %s", group)
	}
	for _, p := range inUnit(t, "props") {
		if want := "0::" + group + "/container"; !strings.HasSuffix(p.Cgroup, want) {
			t.Errorf("process %v is in %s, want %s", p.Args, p.Cgroup, want)
		}
	}
	if out := kit.OK(t, "systemd-cgls", "--no-pager", group); !strings.Contains(out, "/bin/sleep infinity") || strings.Contains(out, "unitmon ") {
		t.Errorf("systemd-cgls shows\n%s", out)
	}
}
