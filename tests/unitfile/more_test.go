package unitfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestBadFile: one container with errors fails at its start and says where they
// are, and others are not affected.
func TestBadFile(t *testing.T) {
	configure(t, "good", "[Container]\nExec=/bin/sh -c 'echo fine'\nTag=g\n")
	configure(t, "bad", "[Container]\nExec=true\nImage=alpine\n[Service]\nRestart=no\n")
	kit.OK(t, "systemctl", "start", service("good"))
	if r := kit.Run(t, "systemctl", "start", service("bad")); r.Code == 0 {
		t.Error("bad was started")
	}
	const line = "/etc/unitmon/bad/container.conf:3: Image= is not possible here: there are no images"
	wantStatus(t, "bad", "launch failed: "+line)
	if got := kit.Show(t, service("bad"), "ActiveState", "Result", "ExecMainStatus"); got != "ActiveState=failed Result=exit-code ExecMainStatus=125" {
		t.Error(got)
	}
	if r := kit.Unitmon(t, "start", "bad"); r.Code != 125 || !strings.Contains(r.Stderr, line) {
		t.Errorf("start: %+v", r)
	}
	if r := kit.Unitmon(t, "verify"); r.Code != 1 || !strings.HasPrefix(r.Stdout, line) || strings.Contains(r.Stdout, "good") {
		t.Errorf("verify: %+v", r)
	}
	if r := kit.Unitmon(t, "verify", "good", "/etc/unitmon/good"); r.Code != 0 || r.Stdout != "" {
		t.Errorf("verify good: %+v", r)
	}
	edit(t, "bad", "[Container]\nExec=true\n[Service]\nRestrat=no\n")
	if r := kit.Unitmon(t, "verify", "bad"); r.Code != 1 || !strings.Contains(r.Stdout, "Restrat") {
		t.Errorf("verify of [Service]: %+v", r)
	}
}

// TestDepends: instances depend on one another.
func TestDepends(t *testing.T) {
	root := kit.BusyboxRoot(t)
	const run = "\nExec=/bin/sleep 1000\nStopSignal=KILL\n"
	configure(t, "db", "[Container]\nRootfs="+root+run)
	configure(t, "app", "[Unit]\nRequires=unitmon@db.service\nAfter=unitmon@db.service\n[Container]\nRootfs="+root+run)
	kit.OK(t, "unitmon", "start", "app")
	same(t, "db", "active", "running")
	same(t, "app", "active", "running")
	kit.OK(t, "unitmon", "stop", "db")
	nothingLeft(t, "app") // refers to db
	nothingLeft(t, "db")
}

// TestBundle: a plain OCI bundle needs no container.conf.
func TestBundle(t *testing.T) {
	from := kit.ShellBundle(t, kit.BusyboxRoot(t), kit.Share(t), "echo from a bundle; exec sleep 1000")
	dir := "/etc/unitmon/oci"
	t.Cleanup(func() { remove(t, "oci") })
	must(t, os.MkdirAll(dir, 0o755))
	data, err := os.ReadFile(filepath.Join(from, "config.json"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "config.json"), data, 0o644))
	kit.OK(t, "systemctl", "daemon-reload")
	kit.OK(t, "unitmon", "start", "oci")
	awaitOutput(t, "oci", "from a bundle")
	same(t, "oci", "active", "running")
	kit.OK(t, "unitmon", "stop", "oci")
	nothingLeft(t, "oci")
}

// TestInstall: [Install] of container.conf enables a container at the next
// reload.
func TestInstall(t *testing.T) {
	configure(t, "early", "[Container]\nExec=true\n[Install]\nWantedBy=multi-user.target\nRequiredBy=rescue.target\n")
	for target, prop := range map[string]string{"multi-user.target": "Wants", "rescue.target": "Requires"} {
		if got := kit.Property(t, target, prop); !strings.Contains(got, service("early")) {
			t.Errorf("%s of %s: %s", prop, target, got)
		}
	}
}

// TestUpgrade: the relay is killed, and replaced by another program, again and
// again while the container writes; no line is lost. The log file is in a
// directory that the generator opens.
func TestUpgrade(t *testing.T) {
	dir, shared := t.TempDir(), kit.Share(t)
	log := filepath.Join(dir, "busy.log")
	configure(t, "busy", "[Container]\nRootfs="+kit.BusyboxRoot(t)+"\nVolume="+shared.Volume()+"\nLogDriver=k8s-file:"+log+
		"\nExec=/bin/sh -c 'i=0; while [ ! -e /shared/stop ]; do i=$((i+1)); echo line $i; done; echo $i >/shared/count'\n")
	drop := "/etc/systemd/system/" + relay("busy") + ".d"
	must(t, os.MkdirAll(drop, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(drop) })
	kit.OK(t, "unitmon", "start", "busy")
	kit.Await(t, relay("busy"), "ActiveState=active", "ActiveState")
	for i := range 3 {
		program := filepath.Join(dir, fmt.Sprint("relay", i))
		kit.OK(t, "cp", box.ProgramDir+"/unitmon-relay", program)
		must(t, os.WriteFile(filepath.Join(drop, "program.conf"), []byte("[Service]\nExecStart=\nExecStart="+program+" busy\n"), 0o644))
		kit.OK(t, "systemctl", "daemon-reload")
		kit.OK(t, "systemctl", "kill", "--signal=KILL", relay("busy"))
		kit.OK(t, "systemctl", "restart", relay("busy"))
		pid := kit.Property(t, relay("busy"), "MainPID")
		if exe, err := os.Readlink("/proc/" + pid + "/exe"); err != nil || exe != program {
			t.Errorf("the relay is %s (%v)", exe, err)
		}
	}
	must(t, os.WriteFile(shared.Path("stop"), nil, 0o644))
	kit.Await(t, service("busy"), "ActiveState=inactive Result=success", "ActiveState", "Result")
	count, err := os.ReadFile(shared.Path("count"))
	must(t, err)
	data, err := os.ReadFile(log)
	must(t, err)
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if !strings.HasSuffix(line, fmt.Sprintf(" F line %d\n", n)) {
			t.Fatalf("line %d is %s", n, line)
		}
	}
	if want := strings.TrimSpace(string(count)); fmt.Sprint(n) != want {
		t.Errorf("%d lines, the container wrote %s", n, want)
	}
}

// TestCreate: what create writes is what the options say; start runs it.
func TestCreate(t *testing.T) {
	t.Cleanup(func() { remove(t, "made") })
	root := kit.BusyboxRoot(t)
	r := kit.Unitmon(t, "create", "--rootfs", root, "-e", "A=x  y%", "--stop-signal", "KILL", "--label", "app=1", "--restart", "on-failure", "made", "--",
		"/bin/sh", "-c", `echo "A is $A"; exec sleep 1000`)
	if r.Code != 0 || r.Stdout != "unitmon@made.service\n" || !strings.Contains(r.Stderr, "systemctl enable --now unitmon@made.service") {
		t.Fatalf("%+v", r)
	}
	if s := kit.Property(t, service("made"), "Restart"); s != "on-failure" {
		t.Errorf("Restart=%s", s)
	}
	if s := kit.Property(t, service("made"), "ActiveState"); s != "inactive" {
		t.Errorf("it is %s", s)
	}
	kit.OK(t, "unitmon", "start", "made")
	awaitOutput(t, "made", "A is x  y%")
	if r := kit.Unitmon(t, "create", "made", "--", "true"); r.Code != 125 || !strings.Contains(r.Stderr, "is there already") {
		t.Errorf("again: %+v", r)
	}
	if r := kit.Unitmon(t, "rm", "made"); r.Code != 125 || !strings.Contains(r.Stderr, "systemctl disable --now unitmon@made.service") {
		t.Errorf("rm: %+v", r)
	}
	for _, args := range [][]string{{"create", "../x", "--", "true"}, {"create", "--rootfs", "/nowhere", "x2", "--", "true"}} {
		if r := kit.Unitmon(t, args...); r.Code != 125 {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if list, _ := filepath.Glob("/etc/unitmon/[x.]*"); len(list) > 0 {
		t.Errorf("left: %s", list)
	}
}

// TestStart_Nobody: what is neither configured nor kept cannot be started.
func TestStart_Nobody(t *testing.T) {
	if r := kit.Unitmon(t, "start", "nobody"); r.Code != 125 || !strings.Contains(r.Stderr, "no such container") {
		t.Errorf("%+v", r)
	}
}
