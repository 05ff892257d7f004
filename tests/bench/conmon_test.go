package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// debianConmon is the path of the machine's own conmon. Ours is among the
// benchmarks' programs, which come first on PATH.
const debianConmon = "/usr/bin/conmon"

// conmon starts a conmon(8) as engines do: it detaches itself, and reports the
// container's process through its sync pipe. Its runtime is one without
// containers, which costs the monitor nothing after the start.
type conmon struct {
	path string
	env  []string // beside this process's
	// unit is a service that does nothing but have a control group, below
	// which all monitors and all payloads are, each in one group of their
	// own. journald attributes what conmon sends to it.
	unit  string
	count int
}

// conmonName is Debian's conmon with its version, if it is there: "conmon 2.1.6".
func conmonName() string {
	out, _ := exec.Command(debianConmon, "--version").Output()
	first, _, _ := strings.Cut(string(out), "\n")
	if version, ok := strings.CutPrefix(first, "conmon version "); ok {
		return "conmon " + version
	}
	return "conmon"
}

// ourConmon is the path of our conmon, in a directory of its own and copied as
// an installation does it: a file as the linker writes it is in the page cache
// in small pieces, with which every start takes up to 0.3 ms more.
func ourConmon(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(logDir(tb, true), "conmon")
	copyFile(tb, program("conmon"), path)
	return path
}

// newConmon starts the unit for the program at path, which gets the variables
// of env.
func newConmon(tb testing.TB, path string, env ...string) *conmon {
	tb.Helper()
	c := &conmon{path: path, env: env, unit: fmt.Sprintf("bench-conmon-%s.service", filepath.Base(shortDir(tb)))}
	kit.OK(tb, "systemd-run", "--quiet", "--collect", "--unit="+c.unit, "-p", "Type=exec",
		"-p", "Delegate=yes", "-p", unlimited, "sleep", "infinity")
	tb.Cleanup(func() { kit.Run(tb, "systemctl", "stop", c.unit) })
	for _, g := range []string{c.monitors(), c.payloads()} {
		if err := os.Mkdir(filepath.Join(cgroupRoot, g), 0o755); err != nil {
			tb.Fatal(err)
		}
	}
	return c
}

func (c *conmon) monitors() string { return "system.slice/" + c.unit + "/monitors" }
func (c *conmon) payloads() string { return "system.slice/" + c.unit + "/payloads" }

func (c *conmon) start(tb testing.TB, j job) *running {
	tb.Helper()
	c.count++
	name := fmt.Sprintf("conmon-%d", c.count)
	r := &running{gate: newGate(tb), name: name, id: containerID(c.unit + name), group: c.monitors()}
	r.attach = filepath.Join(r.dir, "attach")
	args := append([]string{program("payload"), j.payload[0], r.dir}, j.payload[1:]...)
	c.write(tb, r.dir, "payload", strings.Join(args, "\n"))
	c.write(tb, r.dir, "cgroup", filepath.Join(cgroupRoot, c.payloads()))
	payload := c.launch(tb, r, j)
	monitor := c.pid(tb, filepath.Join(r.dir, "conmon.pid"))
	r.ended = func(tb testing.TB) { awaitEnd(tb, monitor) }
	r.stop = func(tb testing.TB) {
		_ = syscall.Kill(payload, syscall.SIGKILL) // it may have ended
		awaitEnd(tb, monitor)
	}
	r.ready(tb)
	return r
}

func (c *conmon) write(tb testing.TB, dir, name, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// arguments are conmon's, as an engine gives them.
func (c *conmon) arguments(r *running, j job) []string {
	at := func(name string) string { return filepath.Join(r.dir, name) }
	args := []string{
		"--api-version", "1", "-c", r.id, "-u", r.id, "-n", r.name, "-r", program("fakeruntime"),
		"-b", r.dir, "-p", at("pid"), "--conmon-pidfile", at("conmon.pid"), "--exit-dir", r.dir,
		"--full-attach", "--log-level", "error", "-l", j.log.conmon(),
	}
	if j.log.max > 0 {
		args = append(args, "--log-size-max", fmt.Sprint(j.log.max))
	}
	if j.stdin {
		args = append(args, "-i")
	}
	if j.tty {
		args = append(args, "-t")
	}
	return args
}

// conmon is the value of conmon's --log-path.
func (l log) conmon() string {
	switch l.driver {
	case logJournal:
		return "journald"
	case logFile:
		return "k8s-file:" + l.path
	}
	return l.driver
}

// launch starts conmon in its control group and returns the payload's pid, which
// conmon reports.
func (c *conmon) launch(tb testing.TB, r *running, j job) int {
	tb.Helper()
	report, sync, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = report.Close() }()
	group, err := os.Open(filepath.Join(cgroupRoot, c.monitors()))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = group.Close() }()
	cmd := exec.CommandContext(kit.Context(tb), c.path, c.arguments(r, j)...)
	cmd.ExtraFiles = []*os.File{sync}
	cmd.Env = append(append(os.Environ(), "_OCI_SYNCPIPE=3"), c.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	out, err := cmd.CombinedOutput()
	_ = sync.Close()
	if err != nil {
		tb.Fatalf("%s: %v: %s", cmd.Args, err, out)
	}
	line, err := bufio.NewReader(report).ReadString('\n')
	var said struct {
		Data    int
		Message string
	}
	if err == nil {
		err = json.Unmarshal([]byte(line), &said)
	}
	if err != nil || said.Data <= 0 {
		tb.Fatalf("%s: reported %q (%v), %s", cmd.Args, line, err, said.Message)
	}
	return said.Data
}

// pid reads a pid file.
func (c *conmon) pid(tb testing.TB, path string) int {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
	return pid
}
