package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/conmon/plan"
)

// Run is one life of a monitor.
type Run struct {
	// Dir has exits/, persist/, log, pid, conmon.pid, watch/, sockets/, tmp/
	// and the Bundle. It is the monitor's $D too.
	Dir, Bundle string
	// Sync, Start and Attach are the engine's ends of the pipes.
	Sync, Start, Attach *Pipe

	t       testing.TB
	m       Monitor
	first   *exec.Cmd
	stderr  *os.File
	stdout  *os.File
	ended   bool
	monitor *sys.Pidfd
	pid     int
}

// Launch starts the first process, which waits for the start pipe. Nothing of
// the run outlives the test.
func (m Monitor) Launch(t testing.TB, s Setup) *Run {
	t.Helper()
	d := s.makeDir(t, m)
	if s.Before != nil {
		s.Before(d)
	}
	r := &Run{Dir: d, Bundle: filepath.Join(d, "bundle"), t: t, m: m}
	r.Sync, r.Start, r.Attach = newPipe(t, "sync pipe"), newPipe(t, "start pipe"), newPipe(t, "attach pipe")
	r.stdout, r.stderr = r.create("first.stdout"), r.create("first.stderr")
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	r.first = exec.CommandContext(ctx, m.Path, s.args(m, d)...)
	r.first.Dir = d
	r.first.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "D=" + d, "TMPDIR=" + d + "/tmp", plan.Variable + "=" + d + "/watch/plan",
		"_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4",
	}, s.pipe()...)
	r.first.ExtraFiles = append([]*os.File{r.Sync.far, r.Start.far, r.Attach.far}, s.Files...)
	r.first.Stdout, r.first.Stderr = r.stdout, r.stderr
	r.first.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, r.first.Start())
	t.Cleanup(r.purge)
	for _, p := range []*Pipe{r.Sync, r.Start, r.Attach} {
		must(t, p.far.Close())
		p.far = nil
	}
	return r
}

// Begin launches a monitor and lets it go on, and waits for the end of the
// first process, which must succeed; not with Sync.
func (m Monitor) Begin(t testing.TB, s Setup) *Run {
	t.Helper()
	r := m.Launch(t, s)
	r.Start.Send("\x00")
	if s.Sync {
		return r
	}
	if code, said := r.First(); code != 0 {
		t.Fatalf("%s: the first process ended with %d: %s", m.Name, code, said)
	}
	return r
}

// Create is Begin, and waits for the message that the container is created. It
// returns with its pid.
func (m Monitor) Create(t testing.TB, s Setup) (*Run, int) {
	t.Helper()
	r := m.Begin(t, s)
	said := r.Sync.Next()
	text := strings.TrimSuffix(strings.TrimPrefix(said, `{"data": `), "}\n")
	if s.API0 {
		text = strings.TrimSuffix(strings.TrimPrefix(said, `{"pid": `), "}\n")
	}
	pid, err := strconv.Atoi(text)
	if err != nil || pid < 2 {
		t.Fatalf("%s: sync pipe: %q", m.Name, said)
	}
	return r, pid
}

func (r *Run) create(name string) *os.File {
	f, err := os.Create(r.Path(name))
	must(r.t, err)
	r.t.Cleanup(func() { _ = f.Close() })
	return f
}

// Path is a path in the directory.
func (r *Run) Path(name string) string { return filepath.Join(r.Dir, name) }

// First waits for the end of the first process and returns its exit code, and
// what it said on stderr.
func (r *Run) First() (code int, stderr string) {
	r.t.Helper()
	err := r.first.Wait()
	r.ended = true
	if r.first.ProcessState == nil {
		r.t.Fatal(err)
	}
	return statusCode(r.first.ProcessState.Sys().(syscall.WaitStatus)), r.Read("first.stderr")
}

// Monitor returns the monitor's pid, from the engine's pid file or, with
// --sync, of the first process.
func (r *Run) Monitor() int {
	r.t.Helper()
	if r.pid == 0 {
		r.pid = r.first.Process.Pid
		if r.ended {
			n, err := strconv.Atoi(r.Read("conmon.pid"))
			must(r.t, err)
			r.pid = n
		}
		fd, err := sys.OpenPidfd(r.pid)
		must(r.t, err)
		r.monitor = fd
	}
	return r.pid
}

// End waits for the monitor's end and returns its exit code, 128+n for signal
// n.
func (r *Run) End() int {
	r.t.Helper()
	code, ok := r.EndWithin(Patience)
	if !ok {
		r.t.Fatalf("%s: process %d has not ended within %s; %s", r.m.Name, r.pid, Patience, r.State())
	}
	return code
}

// EndWithin is End with a limit; ok is false if it did not end.
func (r *Run) EndWithin(limit time.Duration) (code int, ok bool) {
	r.t.Helper()
	pid := r.Monitor()
	if !r.ended {
		if !r.pidfdWithin(limit) {
			return 0, false
		}
		code, _ := r.First()
		return code, true
	}
	if !r.pidfdWithin(limit) {
		return 0, false
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		r.t.Fatalf("%s: wait for %d: %v", r.m.Name, pid, err)
	}
	return statusCode(syscall.WaitStatus(status)), true
}

func (r *Run) pidfdWithin(limit time.Duration) bool {
	r.t.Helper()
	return readable(r.t, int(r.monitor.File().Fd()), limit)
}

// Signal sends a signal to the monitor.
func (r *Run) Signal(sig syscall.Signal) {
	r.t.Helper()
	r.Monitor()
	must(r.t, r.monitor.Signal(int(sig)))
}

// State says what the monitor's process is doing.
func (r *Run) State() string {
	stack, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stack", r.Monitor()))
	return string(stack)
}

// Descriptors is how many the monitor has.
func (r *Run) Descriptors() int {
	r.t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.Monitor()))
	must(r.t, err)
	return len(list)
}

// Read returns a file of the directory, "none" if there is none.
func (r *Run) Read(name string) string {
	r.t.Helper()
	data, err := os.ReadFile(r.Path(name))
	if errors.Is(err, os.ErrNotExist) {
		return "none"
	}
	must(r.t, err)
	return string(data)
}

// ExitFile returns what the exit file has.
func (r *Run) ExitFile() string {
	r.t.Helper()
	return r.Read("exits/" + ID)
}

// Seen returns what the runtime ("runtime") or the exit command
// ("exit-command") saw, and whether it was called.
func (r *Run) Seen(who string) (plan.Record, bool) {
	r.t.Helper()
	rec, err := plan.Read[plan.Record](r.Path("watch/" + who))
	if errors.Is(err, os.ErrNotExist) {
		return rec, false
	}
	must(r.t, err)
	return rec, true
}

func statusCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}
