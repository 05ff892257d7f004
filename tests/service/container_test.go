package service

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

// container is one that podman runs. It shares a directory with the test, where
// FIFOs are: "go", by which it can be told to go on, and "said", by which it
// tells. It is removed at the end of the test.
type container struct {
	t        *testing.T
	podman   podman
	name, id string
	shared   kit.Shared
	said     *bufio.Reader
}

// share makes the directory and a name.
func share(t *testing.T, p podman, name string) *container {
	t.Helper()
	c := &container{t: t, podman: p, name: name + "-" + strings.ToLower(rand.Text()[:6]), shared: kit.Share(t)}
	path := c.shared.Path("said")
	must(t, syscall.Mkfifo(path, 0o666))
	for _, name := range []string{"said", "go"} {
		must(t, os.Chmod(c.shared.Path(name), 0o666)) // whatever the umask is
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) // so that no writer waits
	must(t, err)
	must(t, f.SetReadDeadline(time.Now().Add(kit.Patience)))
	t.Cleanup(func() { _ = f.Close() })
	c.said = bufio.NewReader(f)
	t.Cleanup(func() {
		c.explain()
		p.run(t, "rm", "--force", "--time=0", c.name)
	})
	return c
}

// args are those of podman for a shell script.
func (c *container) args(verb, script string, options ...string) []string {
	args := append([]string{verb, "--name", c.name, "--volume", c.shared.Volume()}, options...)
	return append(args, image, "sh", "-c", script)
}

// start runs a script in a container.
func start(t *testing.T, p podman, name, script string, options ...string) *container {
	t.Helper()
	c := share(t, p, name)
	c.id = strings.TrimSpace(p.ok(t, c.args("run", script, append(options, "--detach")...)...))
	return c
}

// create makes a container and does not start it; podman start does.
func create(t *testing.T, p podman, name, script string, options ...string) *container {
	t.Helper()
	c := share(t, p, name)
	c.id = strings.TrimSpace(p.ok(t, c.args("create", script, options...)...))
	return c
}

// explain prints, if the test has failed, what the journal has of the
// container's units.
func (c *container) explain() {
	if !c.t.Failed() || c.id == "" {
		return
	}
	c.t.Log(kit.Run(c.t, "sh", "-c", "journalctl --no-pager --output=short-monotonic --lines=4000 | grep -v container= | grep -e "+
		c.id[:12]+" | tail -n 40 | cut -c1-300").Stdout)
}

// next is the next line that the container tells.
func (c *container) next() string {
	c.t.Helper()
	line, err := c.said.ReadString('\n')
	must(c.t, err)
	return strings.TrimSuffix(line, "\n")
}

// await waits until the container tells something.
func (c *container) await(want string) {
	c.t.Helper()
	if got := c.next(); got != want {
		c.t.Fatalf("the container tells %q, want %q", got, want)
	}
}

// inspect asks podman for a field.
func (c *container) inspect(format string) string {
	c.t.Helper()
	return strings.TrimSpace(c.podman.ok(c.t, "inspect", "--format", format, c.name))
}

// keeper is the pid in the file conmon.pid.
func (c *container) keeper() int {
	c.t.Helper()
	return number(c.t, read(c.t, c.inspect("{{.ConmonPidFile}}")))
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	must(t, err)
	return n
}

// ended checks everything that podman says of a container that has ended with
// code, after it has waited for that.
func (c *container) ended(code int) {
	c.t.Helper()
	if got := strings.TrimSpace(c.podman.ok(c.t, "wait", c.name)); got != strconv.Itoa(code) {
		c.t.Errorf("podman wait says %s, want %d", got, code)
	}
	if got, want := c.inspect("{{.State.Status}} {{.State.ExitCode}} {{.State.Running}} {{.State.Pid}} {{.State.OOMKilled}}"),
		fmt.Sprintf("exited %d false 0 false", code); got != want {
		c.t.Errorf("podman inspect says %q, want %q", got, want)
	}
	// podman takes the time of the start when the start is done, which can be
	// after the end.
	created, finished := c.time("{{.Created.%s}}"), c.time("{{.State.FinishedAt.%s}}")
	if finished.Before(created) || finished.After(time.Now()) {
		c.t.Errorf("podman says that it was created at %v and ended at %v; it is %v", created, finished, time.Now())
	}
	if got, want := c.ps(), fmt.Sprintf("Exited (%d)", code); !strings.HasPrefix(got, want) {
		c.t.Errorf("podman ps says %q, want %q", got, want)
	}
}

// time asks podman for a time.
func (c *container) time(format string) time.Time {
	c.t.Helper()
	at, err := time.Parse(time.RFC3339Nano, c.inspect(fmt.Sprintf(format, `Format "2006-01-02T15:04:05.999999999Z07:00"`)))
	must(c.t, err)
	return at
}

// ps is the status that podman ps shows.
func (c *container) ps() string {
	c.t.Helper()
	return strings.TrimSpace(c.podman.ok(c.t, "ps", "--all", "--filter", "id="+c.id, "--format", "{{.Status}}"))
}

// logs is what podman logs says.
func (c *container) logs() string {
	c.t.Helper()
	kit.Sync(c.t)
	return c.podman.ok(c.t, "logs", c.name)
}

// remove removes the container, and checks that nothing of it is left.
func (c *container) remove() {
	c.t.Helper()
	c.podman.ok(c.t, "rm", "--time=0", "--force", c.name)
	c.nothingLeft()
}

// nothingLeft checks that no process, unit, control group, file, mount or socket
// is there that bears the container's id. Units are waited for: that their last
// process has ended they learn from the kernel.
func (c *container) nothingLeft() {
	c.t.Helper()
	c.noUnits()
	for _, p := range kit.Processes(c.t) {
		if strings.Contains(strings.Join(p.Args, " "), c.id) || strings.Contains(p.Cgroup, c.id[:12]) {
			c.t.Errorf("process %d is left: %q in %s", p.PID, p.Args, p.Cgroup)
		}
	}
	left := kit.Run(c.t, "sh", "-c", "find /run /tmp "+c.podman.dir+" /sys/fs/cgroup -name '*"+c.id[:12]+"*' -not -path '/run/systemd/*' -not -path '/run/log/*'"+
		"; grep -h "+c.id+" /proc/mounts /proc/net/unix")
	if left.Stdout != "" {
		c.t.Errorf("left: %s", left.Stdout)
	}
}

// noUnits waits until no unit bears the container's id.
func (c *container) noUnits() {
	c.t.Helper()
	for _, u := range c.units() {
		kit.Await(c.t, u, "LoadState=not-found", "LoadState")
	}
}

// units are those that bear the container's id, but for mount units.
func (c *container) units() []string {
	c.t.Helper()
	var list []string
	for line := range strings.Lines(kit.OK(c.t, "systemctl", "list-units", "--all", "--plain", "--no-legend", "--type=service,scope", "*"+c.id[:12]+"*")) {
		list = append(list, strings.Fields(line)[0])
	}
	slices.Sort(list)
	return list
}
