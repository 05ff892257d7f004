package bench

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// passage is one life of a monitor, from the engine's call to the monitor's end.
// Its container is a process that reads a FIFO, of a runtime that costs as
// little as one can and is the same for all.
//
// It waits by system calls of one thread, which the caller must have locked: what
// the Go scheduler takes to wake a goroutine would be a part of every figure.
type passage struct {
	dir, id     string
	sync, start int // the engine's ends
	events      int // inotify, on the directory of exit files
	begin       time.Time

	monitor   int // its pid
	container int
	cpu       time.Duration // of all processes of the monitor that have ended
}

// trivialRuntime is a shell script, as a shell starts faster than a program in
// Go. Its container is a subshell, so that nothing is executed after the fork.
const trivialRuntime = `#!/bin/sh
while [ "$1" != create ]; do [ $# -gt 0 ] || exit 0; shift; done
shift
while [ $# -gt 1 ]; do
	case $1 in
	--bundle) bundle=$2 ;;
	--pid-file) file=$2 ;;
	esac
	shift
done
(read -r x <"$bundle/go") &
echo $! >"$file"
`

// newPassage makes a bundle and an engine's side of the pipes, which are sockets
// as podman's are.
func newPassage(tb testing.TB, id string) *passage {
	tb.Helper()
	p := &passage{dir: shortDir(tb), id: id}
	if err := os.WriteFile(p.at("runtime"), []byte(trivialRuntime), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Mkfifo(p.at("go"), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Mkdir(p.at("exits"), 0o755); err != nil {
		tb.Fatal(err)
	}
	var err error
	if p.events, err = syscall.InotifyInit1(syscall.IN_CLOEXEC); err != nil {
		tb.Fatal(os.NewSyscallError("inotify_init1", err))
	}
	if _, err := syscall.InotifyAddWatch(p.events, p.at("exits"), syscall.IN_MOVED_TO); err != nil {
		tb.Fatal(&os.PathError{Op: "inotify_add_watch", Path: p.at("exits"), Err: err})
	}
	return p
}

// close gives everything up, and ends what there is after a failure.
func (p *passage) close(tb testing.TB) {
	tb.Helper()
	for _, fd := range []int{p.sync, p.start, p.events} {
		_ = syscall.Close(fd)
	}
	for _, pid := range []int{p.container, p.monitor} {
		if pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	if err := os.RemoveAll(p.dir); err != nil {
		tb.Fatal(err)
	}
}

func (p *passage) at(name string) string { return filepath.Join(p.dir, name) }

// launch starts a program as podman does: with sockets for the sync and the start
// pipe, in a process group of its own. It returns its pid.
func (p *passage) launch(tb testing.TB, path string, env []string) int {
	tb.Helper()
	var pairs [2][2]int
	for i := range pairs {
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(os.NewSyscallError("socketpair", err))
		}
		pairs[i] = pair
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	args := []string{
		"conmon", "--api-version", "1", "-c", p.id, "-u", p.id, "-n", "door", "-r", p.at("runtime"),
		"-b", p.dir, "-p", p.at("pid"), "--conmon-pidfile", p.at("conmon.pid"), "--exit-dir", p.at("exits"),
		"--full-attach", "--log-level", "error", "-l", "k8s-file:" + p.at("log"),
	}
	stdio := null.Fd()
	p.sync, p.start, p.begin = pairs[0][0], pairs[1][0], time.Now()
	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{
		Env:   append(append(os.Environ(), "_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4"), env...),
		Files: []uintptr{stdio, stdio, stdio, uintptr(pairs[0][1]), uintptr(pairs[1][1])},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	_, _ = syscall.Close(pairs[0][1]), syscall.Close(pairs[1][1])
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return pid
}

// let has the launched process go on.
func (p *passage) let(tb testing.TB) {
	tb.Helper()
	if _, err := syscall.Write(p.start, []byte{0}); err != nil {
		tb.Fatalf("start pipe: %v", err)
	}
}

// created waits for the sync pipe's message, and notes whose pids there are.
func (p *passage) created(tb testing.TB) {
	tb.Helper()
	readable(tb, p.sync, "the sync pipe")
	buf := make([]byte, 4096)
	n, err := syscall.Read(p.sync, buf)
	var said struct {
		Data    int
		Message string
	}
	if err == nil {
		err = json.Unmarshal(buf[:n], &said)
	}
	if err != nil || said.Data <= 0 {
		tb.Fatalf("the monitor reports %q (%v)", buf[:max(0, n)], err)
	}
	p.container = said.Data
	text, err := os.ReadFile(p.at("conmon.pid"))
	if err != nil {
		tb.Fatal(err)
	}
	if p.monitor, err = strconv.Atoi(string(text)); err != nil {
		tb.Fatal(err)
	}
}

// started runs the runtime once more, as engines do to start what was created.
func (p *passage) started(tb testing.TB) {
	tb.Helper()
	pid, err := syscall.ForkExec(p.at("runtime"), []string{"runtime", "start", p.id}, &syscall.ProcAttr{Env: os.Environ()})
	if err != nil {
		tb.Fatal(err)
	}
	if status, err := sys.Reap(pid); err != nil || status != 0 {
		tb.Fatalf("runtime start: %#x (%v)", status, err)
	}
}

// kill ends the container.
func (p *passage) kill(tb testing.TB) {
	tb.Helper()
	if err := syscall.Kill(p.container, syscall.SIGKILL); err != nil {
		tb.Fatalf("kill process %d: %v", p.container, err)
	}
	p.container = 0
}

// recorded waits until the exit file has its name.
func (p *passage) recorded(tb testing.TB) {
	tb.Helper()
	buf := make([]byte, 4096)
	for {
		readable(tb, p.events, "the exit file")
		n, err := syscall.Read(p.events, buf)
		if err != nil {
			tb.Fatal(os.NewSyscallError("read", err))
		}
		if named(buf[:n], p.id) {
			return
		}
	}
}

// named reports whether one of inotify's events is about a name.
func named(events []byte, name string) bool {
	for len(events) >= syscall.SizeofInotifyEvent {
		end := syscall.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(events[12:]))
		if string(bytes.TrimRight(events[syscall.SizeofInotifyEvent:end], "\x00")) == name {
			return true
		}
		events = events[end:]
	}
	return false
}

// exit is what the exit file says.
func (p *passage) exit(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(p.at("exits"), p.id))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// ended waits for a process of the monitor and adds its CPU time. It must be a
// child.
func (p *passage) ended(tb testing.TB, pid, code int) {
	tb.Helper()
	handle, err := sys.OpenPidfd(pid)
	if err != nil {
		tb.Fatalf("process %d: %v", pid, err)
	}
	defer func() { _ = handle.Close() }()
	if fd, err := handle.Handle(); err != nil {
		tb.Fatal(err)
	} else {
		readable(tb, fd, fmt.Sprintf("the end of process %d", pid))
	}
	p.cpu += processCPU(tb, pid)
	status, err := sys.Reap(pid)
	if err != nil || !status.Exited() || status.ExitStatus() != code {
		tb.Fatalf("process %d ended with %#x (%v)", pid, status, err)
	}
}

// readable waits for a descriptor, at most for kit.Patience.
func readable(tb testing.TB, fd int, what string) {
	tb.Helper()
	const in = 1 // POLLIN
	poll := struct {
		fd              int32
		events, events1 int16
	}{int32(fd), in, 0}
	patience := syscall.NsecToTimespec(kit.Patience.Nanoseconds())
	for {
		n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, uintptr(unsafe.Pointer(&patience)), 0, 0, 0)
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			tb.Fatal(os.NewSyscallError("ppoll", errno))
		case n == 0:
			tb.Fatalf("waited %s for %s", kit.Patience, what)
		default:
			return
		}
	}
}

// processCPU is the CPU time of a process, with all threads and without its
// children. Its clock goes on being there while it is a zombie, see
// clock_getcpuclockid(3).
func processCPU(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	const sched = 2 // CPUCLOCK_SCHED
	var ts syscall.Timespec
	clock := int32(^pid<<3 | sched)
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		tb.Fatalf("CPU clock of process %d: %v", pid, errno)
	}
	return time.Duration(ts.Nano())
}
