package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
)

// job is a container to be run below a monitor: a mode of the payload with its
// numbers, and what the monitor shall do with its stdio.
type job struct {
	payload    []string
	log        log
	stdin, tty bool
	ends       bool   // the payload ends by itself; its unit is kept until stop
	idle       string // silence after which unitmon's relay leaves; empty: it stays
}

// log is where the output is logged to; path is for k8s-file only, and max the
// size at which that is begun anew, 0 for never.
type log struct {
	driver, path string
	max          int
}

// The drivers. The names are unitmon's; conmon calls journal journald.
const (
	logNone    = "none"
	logJournal = "journal"
	logFile    = "k8s-file"
)

// monitor is conmon or unitmon.
type monitor interface {
	// start returns when the payload is ready.
	start(tb testing.TB, j job) *running
}

// running is a container with its monitor.
type running struct {
	gate
	name, id string
	attach   string // path of the attach socket
	// group is the control group that has the monitor's processes only.
	group string
	// ended waits, after the payload has ended by itself, until the monitor
	// has handled all of its output.
	ended func(tb testing.TB)
	stop  func(tb testing.TB)
}

// cpu is the CPU time of the monitor, with what has ended.
func (r *running) cpu(tb testing.TB) time.Duration {
	tb.Helper()
	return groupCPU(tb, r.group)
}

// processes are those of the monitor; none if there is none.
func processes(group string) []int {
	data, _ := os.ReadFile(filepath.Join(cgroupRoot, group, "cgroup.procs"))
	var list []int
	for text := range strings.FieldsSeq(string(data)) {
		pid, _ := strconv.Atoi(text)
		list = append(list, pid)
	}
	return list
}

// gate is a directory with the FIFOs by which the payload is told to go and
// tells that it is done. Both are open for both, so that nobody waits for the
// other to open, and no end of file comes between.
type gate struct {
	dir       string
	tell, ask *os.File
	rest      []byte
}

func newGate(tb testing.TB) gate {
	tb.Helper()
	g := gate{dir: shortDir(tb)}
	for name, f := range map[string]**os.File{"go": &g.tell, "done": &g.ask} {
		path := filepath.Join(g.dir, name)
		if err := syscall.Mkfifo(path, 0o666); err != nil {
			tb.Fatal(&os.PathError{Op: "mkfifo", Path: path, Err: err})
		}
		opened, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = opened.Close() })
		*f = opened
	}
	return g
}

// shortDir is a directory on a tmpfs whose path leaves room for a socket's name.
func shortDir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("/tmp", "b")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (g *gate) open(tb testing.TB) {
	tb.Helper()
	if _, err := g.tell.Write([]byte("x")); err != nil {
		tb.Fatal(err)
	}
}

// line waits for the payload's next report.
func (g *gate) line(tb testing.TB) string {
	tb.Helper()
	if err := g.ask.SetReadDeadline(time.Now().Add(kit.Patience)); err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, 256)
	for {
		if text, rest, ok := bytes.Cut(g.rest, []byte("\n")); ok {
			g.rest = rest
			return string(text)
		}
		n, err := g.ask.Read(buf)
		if err != nil {
			tb.Fatalf("the payload does not report: %v", err)
		}
		g.rest = append(g.rest, buf[:n]...)
	}
}

// done waits until the payload has done its work, and says how long that took.
func (g *gate) done(tb testing.TB) time.Duration {
	tb.Helper()
	var wall, cpu int64
	text := g.line(tb)
	if _, err := fmt.Sscanf(text, "%d %d", &wall, &cpu); err != nil {
		tb.Fatalf("the payload reports %q: %v", text, err)
	}
	return time.Duration(wall)
}

// ready waits until the payload could begin.
func (g *gate) ready(tb testing.TB) {
	tb.Helper()
	if text := g.line(tb); text != "ready" {
		tb.Fatalf("the payload is not ready but %q", text)
	}
}

// program is the path of one of the benchmarks' own programs.
func program(name string) string { return filepath.Join(box.ProgramDir, name) }

// copyFile copies an executable.
func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	in, err := os.Open(from)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		tb.Fatal(err)
	}
	if err := out.Close(); err != nil {
		tb.Fatal(err)
	}
}

// awaitEnd waits for the end of a process, of which nothing may be left.
func awaitEnd(tb testing.TB, pid int) {
	tb.Helper()
	p, err := sys.OpenPidfd(pid)
	if err != nil {
		return // it has ended
	}
	defer func() { _ = p.Close() }()
	if err := p.WaitExit(kit.Context(tb)); err != nil {
		tb.Fatalf("wait for process %d: %v", pid, err)
	}
}
