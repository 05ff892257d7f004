package box

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// victimEnv makes the test binary boot a box, say so and wait to be killed.
const victimEnv = "BOX_TEST_VICTIM"

func TestMain(m *testing.M) {
	Stage()
	if os.Getenv(victimEnv) != "" {
		victim()
	}
	os.Exit(m.Run())
}

func boot(t *testing.T, o Options) *Box {
	t.Helper()
	b, err := Boot(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// sh runs a shell script in the box and returns what it wrote; the script has
// to succeed.
func sh(t *testing.T, b *Box, user, script string) string {
	t.Helper()
	res, err := b.Run(t.Context(), Cmd{Args: []string{"sh", "-ec", script}, User: user})
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 0 {
		t.Fatalf("%s: status %d, signal %v\n%s%s", script, res.Status, res.Signal, res.Stdout, res.Stderr)
	}
	return strings.TrimSpace(string(res.Stdout))
}

func TestBoot_Runs(t *testing.T) {
	b := boot(t, Options{})
	if got := sh(t, b, "", "systemctl is-system-running"); got != "running" {
		t.Errorf("manager is %s\n%s", got, sh(t, b, "", "systemctl --failed"))
	}
	if got := sh(t, b, "", "cat /proc/1/comm"); got != "systemd" {
		t.Errorf("PID 1 is %s", got)
	}
	// Following, because "journalctl --sync" does not wait for what is still in
	// the syslog socket.
	got := sh(t, b, "", "logger -t probe hello; journalctl -o cat -t probe -n 1 -f | head -n 1")
	if got != "hello" {
		t.Errorf("journal has %q", got)
	}
	if got := sh(t, b, "", "busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ListUsers"); !strings.HasPrefix(got, "a(uso)") {
		t.Errorf("logind over D-Bus says %q", got)
	}
	if got := sh(t, b, "", "hostname; test ! -d /var/log/journal"); got != "box" {
		t.Errorf("host name %q", got)
	}
}

func TestBoot_StartsNothingOfTheMachine(t *testing.T) {
	b := boot(t, Options{})
	known := map[string]bool{"dbus.service": true}
	for unit := range strings.FieldsSeq(sh(t, b, "", "systemctl list-units --plain --no-legend --state=running --type=service | cut -d' ' -f1")) {
		if !known[unit] && !strings.HasPrefix(unit, "systemd-") {
			t.Errorf("%s is running", unit)
		}
	}
}

// The machine's own settings and files must not be in reach of a write.
func TestBoot_KeepsTheMachine(t *testing.T) {
	probe := filepath.Join("/etc", "unitmon-box-probe")
	b := boot(t, Options{})
	sh(t, b, "", "echo x > "+probe+"; test -s "+probe)
	if _, err := os.Stat(probe); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file written inside is on the machine: %v", err)
	}
	for _, path := range []string{"/proc/sys/fs/file-max", "/proc/sys/kernel/pid_max", "/sys/kernel/probe"} {
		res, err := b.Run(t.Context(), Cmd{Args: []string{"sh", "-c", "echo 1 > " + path}})
		if err != nil || res.Status == 0 {
			t.Errorf("writing %s: status %d, %v", path, res.Status, err)
		}
	}
	sh(t, b, "", "cat /proc/sys/net/unix/max_dgram_qlen > /proc/sys/net/unix/max_dgram_qlen")
}

func TestRun_IsAUnit(t *testing.T) {
	b := boot(t, Options{})
	line := sh(t, b, "", "grep ^0:: /proc/self/cgroup")
	path, _ := strings.CutPrefix(line, "0::")
	if !strings.HasPrefix(path, "/system.slice/box-run-") || !strings.HasSuffix(path, ".scope") {
		t.Errorf("control group %q", line)
	}
	if got := sh(t, b, "", "systemctl show -p ActiveState --value $(basename $(sed -n s/^0:://p /proc/self/cgroup))"); got != "active" {
		t.Errorf("the unit is %q", got)
	}
}

func TestRun_Results(t *testing.T) {
	b := boot(t, Options{})
	tests := []struct {
		name   string
		cmd    Cmd
		status int
		signal syscall.Signal
		out    string
	}{
		{"status", Cmd{Args: []string{"sh", "-c", "echo out; exit 7"}}, 7, 0, "out\n"},
		{"signal", Cmd{Args: []string{"sh", "-c", "kill -TERM $$"}}, -1, syscall.SIGTERM, ""},
		{"stdin", Cmd{Args: []string{"cat"}, Stdin: strings.NewReader("in")}, 0, 0, "in"},
		{"directory", Cmd{Args: []string{"pwd"}, Dir: "/var/lib"}, 0, 0, "/var/lib\n"},
		{"home", Cmd{Args: []string{"pwd"}}, 0, 0, "/root\n"},
		{"environment", Cmd{Args: []string{"sh", "-c", "echo $A $HOME $LANG"}, Env: []string{"A=1"}}, 0, 0, "1 /root C.UTF-8\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := b.Run(t.Context(), tt.cmd)
			if err != nil || res.Status != tt.status || res.Signal != tt.signal || string(res.Stdout) != tt.out {
				t.Errorf("got %d %v %q %q, %v", res.Status, res.Signal, res.Stdout, res.Stderr, err)
			}
		})
	}
}

func TestRun_Errors(t *testing.T) {
	b := boot(t, Options{})
	for _, c := range []Cmd{
		{},
		{Args: []string{"/no/such/program"}},
		{Args: []string{"true"}, User: "no-such-user"},
		{Args: []string{"true"}, Dir: "/no/such/directory"},
	} {
		if res, err := b.Run(t.Context(), c); err == nil {
			t.Errorf("%+v: status %d and no error", c, res.Status)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	go func() {
		_, _ = r.Read(make([]byte, 1)) // the program runs
		cancel()
		_, _ = io.Copy(io.Discard, r)
	}()
	_, err := b.Run(ctx, Cmd{Args: []string{"sh", "-c", "echo; exec sleep infinity"}, Stdout: w})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestUser(t *testing.T) {
	b := boot(t, Options{User: "box", Journal: true})
	if got := sh(t, b, "box", "systemctl --user is-system-running"); got != "running" {
		t.Errorf("user manager is %s", got)
	}
	if got := sh(t, b, "box", "grep ^0:: /proc/self/cgroup"); !strings.Contains(got, "/user@") || !strings.HasSuffix(got, ".scope") {
		t.Errorf("control group %q", got)
	}
	if got := sh(t, b, "box", "systemd-run --user --quiet --wait --pipe id -un"); got != "box" {
		t.Errorf("a user service runs as %q", got)
	}
	sh(t, b, "box", "touch $HOME/file; test -w $XDG_RUNTIME_DIR; test $(pwd) = /home/box")
	got := sh(t, b, "box", "systemd-cat -t probe echo mine; journalctl -o cat -t probe -n 1 -f | head -n 1")
	if got != "mine" {
		t.Errorf("the user's journal has %q", got)
	}
}

func TestBinds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("bound"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := boot(t, Options{Binds: []Bind{
		{Source: dir, Target: "/opt/probe"},
		{Source: dir, Writable: true},
		{Source: filepath.Join(dir, "file"), Target: "/run/probe/file"},
	}})
	if got := sh(t, b, "", "cat /opt/probe/file /run/probe/file; ! touch /opt/probe/new"); got != "boundbound" {
		t.Errorf("read %q", got)
	}
	sh(t, b, "", "touch "+dir+"/new")
	if _, err := os.Stat(filepath.Join(dir, "new")); err != nil {
		t.Error(err)
	}
}

func TestTwo(t *testing.T) {
	one, two := boot(t, Options{Name: "one"}), boot(t, Options{Name: "two"})
	sh(t, one, "", "systemd-run --quiet --unit=probe sleep infinity")
	if got := sh(t, two, "", "hostname; systemctl is-active probe || true"); got != "two\ninactive" {
		t.Errorf("the second box says %q", got)
	}
	if a, b := sh(t, one, "", "cat /etc/machine-id"), sh(t, two, "", "cat /etc/machine-id"); a == b {
		t.Errorf("both boxes have machine id %s", a)
	}
}

func TestBoot_Errors(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"name", Options{Name: "a/b"}, "name"},
		{"user name", Options{User: "a:b"}, "user name"},
		{"user exists", Options{User: "nobody"}, "add user"},
		{"bind", Options{Binds: []Bind{{Source: "/no/such/file"}}}, "open binds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := Boot(t.Context(), tt.o)
			if err == nil {
				b.Close()
				t.Fatal("it booted")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error does not name %q: %v", tt.want, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b, err := Boot(ctx, Options{}); err == nil {
		b.Close() // it was quicker than the look at ctx
	} else if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// trace is what tells whether something of a box is left.
type trace struct {
	cgroup string
	mounts string // its mount namespace
	keeper *os.File
}

func traceOf(t *testing.T, pid1, keeper int, cgroup string) trace {
	t.Helper()
	mounts, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid1))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(keeper, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	t.Cleanup(func() { f.Close() })
	return trace{cgroup: cgroup, mounts: mounts, keeper: f}
}

// await waits until the keeper has ended.
func (tr trace) await(t *testing.T) {
	t.Helper()
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(tr.keeper.Fd()), Events: unix.POLLIN}}, -1)
		if err == nil {
			return
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

// check fails for what is left of the box.
func (tr trace) check(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(tr.cgroup); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("control group %s is left: %v", tr.cgroup, err)
	}
	links, _ := filepath.Glob("/proc/[0-9]*/ns/mnt")
	for _, link := range links {
		proc := filepath.Dir(filepath.Dir(link))
		if ns, _ := os.Readlink(link); ns == tr.mounts && !ends(t, proc) {
			t.Errorf("%s is left in the box's mount namespace", proc)
		}
	}
}

// ends waits for the end of a process that has been killed; it may take its time
// to die, and is nobody's who is waited for. One that has not been killed is
// still there after a minute.
func ends(t *testing.T, proc string) bool {
	t.Helper()
	pid, err := strconv.Atoi(filepath.Base(proc))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return errors.Is(err, unix.ESRCH)
	}
	defer unix.Close(fd)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Minute/time.Millisecond))
		if err != unix.EINTR {
			return err == nil && n == 1
		}
	}
}

func TestClose_LeavesNothing(t *testing.T) {
	b := boot(t, Options{})
	tr := traceOf(t, b.state().PID, b.cmd.Process.Pid, b.state().Cgroup)
	sh(t, b, "", "systemd-run --quiet sleep infinity; setsid sleep infinity >/dev/null 2>&1 </dev/null &")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	tr.check(t)
}

func TestKeeperKilled(t *testing.T) {
	b := boot(t, Options{})
	tr := traceOf(t, b.state().PID, b.cmd.Process.Pid, b.state().Cgroup)
	if err := b.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	tr.check(t)
}

// victim boots a box, says where it is, and waits to be killed.
func victim() {
	b, err := Boot(context.Background(), Options{Name: "victim"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	r := b.state()
	fmt.Println(r.PID, b.cmd.Process.Pid, r.Cgroup)
	_, _ = b.Run(context.Background(), Cmd{Args: []string{"sh", "-c", "echo; exec sleep infinity"}, Stdout: os.Stdout})
	panic("the program in the box ended")
}

func TestTestKilled(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimEnv+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid1, keeper int
	var cgroup string
	if _, err := fmt.Fscanf(out, "%d %d %s\n", &pid1, &keeper, &cgroup); err != nil {
		t.Fatal(err, cmd.Wait())
	}
	tr := traceOf(t, pid1, keeper, cgroup)
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil { // a program runs inside
		t.Error(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	tr.await(t)
	_ = cmd.Wait() // killed
	tr.check(t)
}

// inner runs tests of this binary elsewhere; they have to run and pass.
const innerTests = "^(TestBoot_Runs|TestRun_IsAUnit|TestClose_LeavesNothing|TestKeeperKilled|TestTestKilled)$"

func checkInner(t *testing.T, out []byte) {
	t.Helper()
	if n := strings.Count(string(out), "--- PASS: "); n != 5 {
		t.Errorf("%d tests passed, not 5:\n%s", n, out)
	}
}

// In a box, PID 1 is systemd: the box in the box takes the other way, a
// delegated scope.
func TestNested(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := boot(t, Options{Binds: []Bind{{Source: exe, Target: "/run/probe/box.test"}}})
	res, err := b.Run(t.Context(), Cmd{Args: []string{"/run/probe/box.test", "-test.v", "-test.run=" + innerTests}})
	if err != nil {
		t.Fatal(err)
	}
	checkInner(t, append(res.Stdout, res.Stderr...))
	// The scope of a test that was killed is the manager's to remove.
	if got := sh(t, b, "", "find /sys/fs/cgroup -name 'unitmon-box-box-*'"); got != "" {
		t.Errorf("control groups are left: %s", got)
	}
}

func TestNoCgroupMount(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if Inside() {
		t.Fatal("runs outside a box only")
	}
	script := `umount --recursive /sys/fs/cgroup && mount -t tmpfs none /run && exec "$0" -test.v -test.run="$1"`
	out, err := exec.Command("unshare", "--mount", "sh", "-c", script, exe, innerTests).CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	checkInner(t, out)
}
