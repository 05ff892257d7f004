package machine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// everyByte is a command that writes the bytes 0 to 255, and these.
func everyByte() (command, want string) {
	var c, w strings.Builder
	for i := range 256 {
		c.WriteString(`\0` + strconv.FormatInt(int64(i), 8))
		w.WriteByte(byte(i))
	}
	return "busybox printf '%b' '" + c.String() + "'\n", w.String()
}

// TestRun: a guest's output is the program's to the byte, on two streams, and
// so is the status; the machine's files are there; the manager has booted and
// lacks nothing.
func TestRun(t *testing.T) {
	all, bytes := everyByte()
	r := kit.Run(t, "umlrun", "sh", "-c", all+`
		seq 200000 | tail -c 300000 >&2
		cat /proc/1/comm; systemctl is-system-running; systemd-detect-virt
		pwd; cat main_test.go | head -c 10
		exit 42`)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := bytes + "systemd\nrunning\numl\n" + dir + "\n// Package"
	if r.Code != 42 || r.Stdout != want {
		t.Errorf("code %d, output %q, want 42 and %q", r.Code, r.Stdout, want)
	}
	if len(r.Stderr) != 300000 || !strings.HasSuffix(r.Stderr, "\n199999\n200000\n") {
		t.Errorf("stderr has %d bytes and ends with %q", len(r.Stderr), r.Stderr[max(0, len(r.Stderr)-100):])
	}
}

// TestRun_Killed: a program that dies by a signal does so for the caller; what
// it has done to the machine's files, even by a second way to them, is nothing;
// what it has left behind keeps nobody waiting.
func TestRun_Killed(t *testing.T) {
	file := filepath.Join(machineDir(t), "file")
	r := kit.Run(t, "umlrun", "sh", "-c", `
		echo written >`+file+` && cat `+file+`
		mkdir /tmp/machine && mount -t hostfs -o / hostfs /tmp/machine && echo mounted
		echo written >/tmp/machine`+file+` || echo refused
		sleep 1000000 & kill -KILL $$`)
	if r.Code != 128+int(syscall.SIGKILL) || r.Stdout != "written\nmounted\nrefused\n" {
		t.Errorf("got %+v", r)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there (%v)", file, err)
	}
}

// machineDir is a directory of the machine's that a guest does not hide, unlike
// /tmp.
func machineDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/var/lib", "unitmon-machine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// TestRun_Panic: of a guest that dies, the end is an error with the last words
// of its kernel, and not a status.
func TestRun_Panic(t *testing.T) {
	r := kit.Run(t, "umlrun", "sh", "-c", "echo c >/proc/sysrq-trigger")
	if r.Code != 125 || !strings.Contains(r.Stderr, "ended early") || !strings.Contains(r.Stderr, "sysrq triggered crash") {
		t.Errorf("got %+v, want 125 and the kernel's panic", r)
	}
}

// TestRun_Late: a guest whose time is over is ended, and says so.
func TestRun_Late(t *testing.T) {
	r := kit.Run(t, "umlrun", "-timeout", "1s", "sleep", "1000000")
	if r.Code != 125 || !strings.Contains(r.Stderr, "deadline exceeded") {
		t.Errorf("got %+v", r)
	}
}

// TestOwnerKilled: a guest ends with the process that wanted it, however that
// ends, and all processes of its kernel with it.
func TestOwnerKilled(t *testing.T) {
	p := kit.Start(t, "umlrun", "-memory", "300", "sh", "-c", "echo up; exec sleep 1000000")
	p.Await(t, "up")
	var kernel []*sys.Pidfd
	for _, q := range kit.Processes(t) {
		if q.Exe != "linux.uml" || !slices.Contains(q.Args, "mem=300M") { // other tests have guests too
			continue
		}
		fd, err := sys.OpenPidfd(q.PID)
		if errors.Is(err, syscall.ESRCH) {
			continue // a program of the guest that has just ended
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = fd.Close() })
		kernel = append(kernel, fd)
	}
	if len(kernel) < 3 {
		t.Fatalf("%d processes of the kernel, want itself, its helpers and those of the guest's programs", len(kernel))
	}
	p.Signal(t, syscall.SIGKILL)
	for _, fd := range kernel {
		if err := fd.WaitExit(kit.Context(t)); err != nil {
			t.Errorf("a process of the guest's kernel: %v", err)
		}
	}
}
