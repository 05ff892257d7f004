package kit

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

// Conmon is a container whose monitor is Debian's conmon and whose runtime is
// runc. conmon(8) has the options; the pipes are those of conmon.c: the
// launched process waits for the start pipe, forks the monitor and ends, and
// the monitor writes a line of JSON to the sync pipe when runc has created the
// container.
type Conmon struct {
	// Attach is the path of the attach socket.
	Attach string
	// Log is the path of the log, in the format k8s-file.
	Log string
	// Monitor is conmon's process.
	Monitor int
	// PID is the container's init, as this process sees it.
	PID int

	id, bundle string
	monitor    *sys.Pidfd
}

// NewConmon creates a container and does not start it; options are conmon's.
// Nothing of the container outlives the test.
func NewConmon(t testing.TB, id, bundle string, options ...string) *Conmon {
	t.Helper()
	c := &Conmon{
		id: id, bundle: bundle,
		Attach: filepath.Join(bundle, "attach"), Log: filepath.Join(bundle, "log"),
	}
	must(t, os.Mkdir(c.path("exits"), 0o755))
	t.Cleanup(func() { c.purge(t) })
	line := c.launch(t, options)
	var created struct {
		Data    int    `json:"data"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(line), &created); err != nil || created.Data <= 0 {
		t.Fatalf("conmon did not create %s: %q (%v)", id, line, err)
	}
	c.PID, c.Monitor = created.Data, c.number(t, "conmon-pid")
	pidfd, err := sys.OpenPidfd(c.Monitor)
	if err != nil {
		t.Fatalf("conmon of %s: %v", id, err)
	}
	c.monitor = pidfd
	return c
}

// launch runs conmon until it has forked the monitor, and returns what that
// says on the sync pipe.
func (c *Conmon) launch(t testing.TB, options []string) string {
	t.Helper()
	syncR, syncW, err := os.Pipe()
	must(t, err)
	defer func() { _ = syncR.Close() }()
	startR, startW, err := os.Pipe()
	must(t, err)
	runc, err := exec.LookPath("runc")
	must(t, err)
	cmd := exec.CommandContext(Context(t), "conmon", append([]string{
		"--api-version", "1", "-c", c.id, "-u", c.id, "-n", c.id, "-r", runc, "-b", c.bundle, "--full-attach",
		"-p", c.path("pid"), "-P", c.path("conmon-pid"), "--exit-dir", c.path("exits"), "-l", "k8s-file:" + c.Log,
	}, options...)...)
	cmd.Env = append(os.Environ(), "_OCI_SYNCPIPE=3", "_OCI_STARTPIPE=4")
	cmd.ExtraFiles = []*os.File{syncW, startR}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	must(t, cmd.Start())
	must(t, startR.Close())
	must(t, syncW.Close())
	must(t, startW.Close()) // its end lets conmon go on, as a byte would
	if err := cmd.Wait(); err != nil {
		t.Fatalf("conmon of %s: %v: %s", c.id, err, said.String())
	}
	line, err := bufio.NewReader(syncR).ReadString('\n')
	if err != nil {
		t.Fatalf("conmon of %s: sync pipe: %v: %q", c.id, err, line)
	}
	return line
}

// Start starts the container.
func (c *Conmon) Start(t testing.TB) {
	t.Helper()
	OK(t, "runc", "start", c.id)
}

// Kill sends a signal to the container's init.
func (c *Conmon) Kill(t testing.TB, sig syscall.Signal) {
	t.Helper()
	must(t, syscall.Kill(c.PID, sig))
}

// Wait waits for conmon's end and returns the container's exit code: 128+n if
// it died by signal n.
func (c *Conmon) Wait(t testing.TB) int {
	t.Helper()
	if err := c.monitor.WaitExit(Context(t)); err != nil {
		t.Fatalf("conmon of %s: %v", c.id, err)
	}
	return c.number(t, filepath.Join("exits", c.id))
}

// number reads a file that conmon has written.
func (c *Conmon) number(t testing.TB, name string) int {
	t.Helper()
	data, err := os.ReadFile(c.path(name))
	must(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	must(t, err)
	return n
}

func (c *Conmon) path(name string) string { return filepath.Join(c.bundle, name) }

// purge removes the container by force.
func (c *Conmon) purge(t testing.TB) {
	if c.monitor != nil {
		_ = c.monitor.Signal(int(syscall.SIGKILL)) // it may have ended
		_ = c.monitor.Close()
	}
	Run(t, "runc", "delete", "--force", c.id)
}
