package people

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// quick stops at once: the first process of a container need not heed SIGTERM.
const quick = "--stop-signal=KILL"

func TestNameInUse(t *testing.T) {
	kit.Detach(t, "x", quick, "x", "--", "sleep", "infinity")
	for _, args := range [][]string{run(), run("-d"), run("--rootfs", "/")} {
		slip{args: args, want: "container x: name is in use: unitmon-x.service is active (running)"}.check(t)
	}
	slip{args: []string{"rm", "x"}, want: "container x: it is active: stop it first (unitmon stop x)"}.check(t)
	if got := kit.Show(t, "unitmon-x.service", "ActiveState"); got != "ActiveState=active" {
		t.Errorf("the container that has the name: %s", got)
	}
	kit.OK(t, "unitmon", "stop", "x")
	kit.NothingLeft(t, "x")
}

func TestNameInUse_Kept(t *testing.T) {
	t.Cleanup(func() { kit.Purge(t, "x") })
	if r := kit.Unitmon(t, "run", "--keep", "x", "--", "sh", "-c", "exit 7"); r.Code != 7 {
		t.Fatalf("%+v", r)
	}
	slip{args: run(), want: "container x: name is in use: unitmon-x.service is failed (failed)"}.check(t)
	kit.OK(t, "unitmon", "rm", "x")
	kit.NothingLeft(t, "x")
	if r := kit.Unitmon(t, run()...); r.Code != 0 {
		t.Errorf("after rm: %+v", r)
	}
	kit.NothingLeft(t, "x")
}

// TestNameInUse_UnitFile: a unit of that name which is not unitmon's.
func TestNameInUse_UnitFile(t *testing.T) {
	const path = "/run/systemd/system/unitmon-x.service"
	if err := os.WriteFile(path, []byte("[Service]\nExecStart=/bin/true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	slip{args: run(), want: "container x: name is in use: "}.check(t)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	kit.OK(t, "systemctl", "daemon-reload")
	kit.NothingLeft(t, "x")
	clean(t)
}

// TestNameInUse_Socket: a socket unit that stands where a container's would, and
// that nothing is going to stop.
func TestNameInUse_Socket(t *testing.T) {
	for name, text := range map[string]string{
		"unitmon-relay-x.socket":  "[Socket]\nListenFIFO=/run/foreign\nRemoveOnStop=yes\n",
		"unitmon-relay-x.service": "[Service]\nExecStart=/bin/true\n",
	} {
		path := "/run/systemd/system/" + name
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Remove(path) })
	}
	kit.OK(t, "systemctl", "start", "unitmon-relay-x.socket")
	slip{args: run(), want: "container x: name is in use: unitmon-relay-x.socket is active (listening)"}.check(t)
	kit.OK(t, "systemctl", "stop", "unitmon-relay-x.socket")
	slip{args: run(), want: "container x: name is in use: "}.check(t)
	for _, unit := range kit.Units("x")[1:] {
		if err := os.Remove("/run/systemd/system/" + unit); err != nil {
			t.Fatal(err)
		}
	}
	kit.OK(t, "systemctl", "daemon-reload")
	kit.NothingLeft(t, "x")
	clean(t)
}

// hidden runs unitmon in a mount namespace in which a shell script has changed
// something.
func hidden(t *testing.T, script string, args ...string) kit.Result {
	t.Helper()
	return kit.Run(t, append([]string{"unshare", "--mount", "--propagation", "private", "sh", "-ec", script + `; exec unitmon "$@"`, "sh"}, args...)...)
}

const (
	noBus     = "mount -t tmpfs tmpfs /run/dbus"
	noManager = noBus + "; mount --bind /dev/null /run/systemd/private"
)

func TestNoManager(t *testing.T) {
	for _, args := range [][]string{run(), run("-d"), {"ps"}, {"stop", "x"}} {
		got := hidden(t, noManager, args...)
		const want = "unitmon: no systemd manager: system manager: unix:path=/run/dbus/system_bus_socket: "
		if got.Code != 125 || got.Stdout != "" || !strings.HasPrefix(got.Stderr, want) || strings.Count(got.Stderr, "\n") != 1 {
			t.Errorf("%s: %+v", args, got)
		}
	}
	kit.NothingLeft(t, "x")
	clean(t)
}

// TestNoBus: the manager's own socket will do.
func TestNoBus(t *testing.T) {
	for _, code := range []string{"0", "7"} {
		got := hidden(t, noBus, "run", "x", "--", "sh", "-c", "echo hi; exit "+code)
		if want := (kit.Result{Stdout: "hi\n", Code: int(code[0] - '0')}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		kit.NothingLeft(t, "x")
	}
}

// TestNoRelay: a unitmon without its relay beside it.
func TestNoRelay(t *testing.T) {
	self, err := exec.LookPath("unitmon")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	alone := file(t, "unitmon", string(program), 0o755)
	dir := filepath.Dir(alone)
	got := kit.Run(t, append([]string{alone}, run()...)...)
	want := "unitmon: unitmon-relay is neither at " + dir + "/unitmon-relay nor at " + filepath.Dir(dir) + "/libexec/unitmon/unitmon-relay\n"
	if got != (kit.Result{Stderr: want, Code: 125}) {
		t.Errorf("got %+v, want %q", got, want)
	}
	kit.NothingLeft(t, "x")
}

// TestOrdinaryUser: the system manager is root's.
func TestOrdinaryUser(t *testing.T) {
	for _, args := range [][]string{run(), run("-d")} {
		got := kit.Run(t, append([]string{"setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "unitmon"}, args...)...)
		if got.Code != 125 || !strings.HasSuffix(got.Stderr, ": permission denied (as an ordinary user: --user-manager)\n") || strings.Count(got.Stderr, "\n") != 1 {
			t.Errorf("%s: %+v", args, got)
		}
	}
	kit.NothingLeft(t, "x")
}

// TestStale: what a run that was killed left on disk is replaced.
func TestStale(t *testing.T) {
	for _, dir := range []string{"/run/unitmon/x/bundle/rootfs", "/run/unitmon/.x.new/bundle"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{"/run/unitmon/x/record.json": "{", "/run/unitmon/x/stdout": "no FIFO", "/run/unitmon/.x.new/junk": ""} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := kit.Unitmon(t, "run", "x", "--", "echo", "hi"); got != (kit.Result{Stdout: "hi\n"}) {
		t.Errorf("%+v", got)
	}
	kit.NothingLeft(t, "x")
	clean(t)
}

// TestKilled: unitmon is killed when it has written the directory and asks the
// manager to start the units. The next run of that name cleans up.
func TestKilled(t *testing.T) {
	ctx, kill := context.WithCancel(kit.Context(t))
	defer kill()
	cmd := exec.CommandContext(ctx, "unitmon", run()...)
	cmd.Env = append(os.Environ(), "DBUS_SYSTEM_BUS_ADDRESS=unix:path="+holdingBus(t, "StartTransientUnit", kill))
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("unitmon was not killed: %v", err)
	}
	if _, err := os.Stat("/run/unitmon/x/record.json"); err != nil {
		t.Errorf("the run was killed before it had written: %v", err)
	}
	for _, u := range kit.Units("x") {
		if got := kit.Show(t, u, "LoadState"); got != "LoadState=not-found" {
			t.Errorf("%s: %s", u, got)
		}
	}
	if got := kit.Unitmon(t, "run", "x", "--", "echo", "hi"); got != (kit.Result{Stdout: "hi\n"}) {
		t.Errorf("the next run: %+v", got)
	}
	kit.NothingLeft(t, "x")
	clean(t)
}

// holdingBus is the path of a socket that leads to the system bus, until a
// client sends a message with word in it: that is held back, and then called.
func holdingBus(t *testing.T, word string, then func()) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = client.Close() }()
		bus, err := net.Dial("unix", "/run/dbus/system_bus_socket")
		if err != nil {
			return
		}
		defer func() { _ = bus.Close() }()
		go copyUntil(client, bus, "")
		if copyUntil(bus, client, word) {
			then()
			_, _ = io.Copy(io.Discard, client) // or it would see the bus go, not only wait
		}
	}()
	return path
}

// copyUntil copies what comes in, until word is in a piece of it: that piece
// is not copied. It reports whether it saw the word.
func copyUntil(to, from net.Conn, word string) bool {
	buf := make([]byte, 256<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return false
		}
		if word != "" && bytes.Contains(buf[:n], []byte(word)) {
			return true
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return false
		}
	}
}
