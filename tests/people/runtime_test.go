package people

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// bundle makes a bundle with the given config.json and an empty root.
func bundle(t *testing.T, config string) string {
	t.Helper()
	dir := filepath.Dir(file(t, "config.json", config, 0o644))
	if err := os.Mkdir(filepath.Join(dir, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestBundle(t *testing.T) {
	empty, plain := t.TempDir(), file(t, "plain", "", 0o644)
	broken := bundle(t, "{\n\"ociVersion\": \"1.0.2\",\n\"process\": {")
	wrong := bundle(t, `{"ociVersion":"1.0.2","process":{"args":"sh","cwd":"/"},"root":{"path":"root"}}`)
	deep := bundle(t, `{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/","user":{"uid":"root"}},"root":{"path":"root"}}`)
	rootless := bundle(t, `{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/"},"root":{"path":"gone"}}`)
	onFile := bundle(t, `{"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/"},"root":{"path":"config.json"}}`)
	checkAll(t, []slip{
		{args: run("--bundle", "/nosuch"), want: "bundle /nosuch: no such file or directory"},
		{args: run("--bundle", plain), want: "bundle " + plain + ": not a directory"},
		{args: run("--bundle", empty), want: empty + "/config.json: no such file or directory"},
		{args: run("--bundle", broken), want: broken + "/config.json: 3:12: unexpected end of JSON input"},
		{args: run("--bundle", wrong), want: wrong + "/config.json: process.args: expected array of strings, found string"},
		{args: run("--bundle", deep), want: deep + "/config.json: process.user.uid: expected unsigned number, found string"},
		{args: run("--bundle", rootless), want: rootless + "/config.json: root.path: " + rootless + "/gone: no such file or directory"},
		{args: run("--bundle", onFile), want: "root.path: " + onFile + "/config.json: not a directory"},
		{args: run("--rootfs", "/nosuch"), want: "root directory /nosuch: no such file or directory"},
		{args: run("--rootfs", plain), want: "root directory " + plain + ": not a directory"},
	})
}

// TestNoRuntime: what can be seen before anything is made is one line.
func TestNoRuntime(t *testing.T) {
	plain := file(t, "plain", "no program", 0o644)
	checkAll(t, []slip{
		{args: run("--runtime", "nosuch"), want: "runtime nosuch: executable file not found"},
		{args: run("--runtime", "/nosuch/runc"), want: "runtime /nosuch/runc: no such file or directory"},
		{args: run("--runtime", plain), want: plain},
		{args: run("--runtime", "/bin/false"), want: "runtime /bin/false: --version: exit status 1"},
		{args: run("--runtime", file(t, "garbage", "\x00\x01\x02", 0o755)), want: "exec format error"},
		{args: run("--runtime", "/bin/true"), want: "container x: true create: pid file /run/unitmon/x/pid: no such file or directory"},
	})
}

// failing is a runtime that fails in a verb after it has printed something.
func failing(t *testing.T, verb, script string) string {
	return file(t, "failing", "#!/bin/sh\ncase \" $* \" in *\" "+verb+" \"*) "+script+"; exit 3;; esac\nexec runc \"$@\"\n", 0o755)
}

// TestRuntimeFails: the runtime's own words are in the line. If it says them only
// on its stderr, which is the container's, the line says where they are.
func TestRuntimeFails(t *testing.T) {
	logged := failing(t, "create", `while [ "$1" != --log ]; do shift; done; echo '{"level":"error","msg":"the moon is full"}' >"$2"`)
	checkAll(t, []slip{
		{args: run("--runtime", logged), want: "container x: failing create: the moon is full"},
		{args: run("--runtime", failing(t, "start", "echo no way >&2")), want: "container x: failing start: no way"},
		{args: run("--runtime", failing(t, "start", "kill -9 $$")), want: "container x: failing start: signal: killed"},
	})
	loud := failing(t, "create", `head -c 1048576 /dev/zero | tr '\0' x >&2; echo the end >&2`)
	checkAll(t, []slip{{args: run("--runtime", loud), want: "container x: failing create: exit status 3 (what it printed is in the container's output)"}})
	clean(t)
}

func TestCommand(t *testing.T) {
	garbage := file(t, "garbage", "\x00\x01\x02", 0o755)
	x := func(command ...string) []string {
		return append([]string{"run", "--runtime", "runc", "-v", garbage + ":/tmp/garbage", "x", "--"}, command...)
	}
	checkAll(t, []slip{
		{args: x("nosuchcommand"), want: `exec: "nosuchcommand": executable file not found`, code: 127},
		{args: x("/no/such"), want: `exec: "/no/such": stat /no/such: no such file or directory`, code: 127},
		{args: x("/etc/passwd"), want: `exec: "/etc/passwd": permission denied`, code: 126},
		{args: x("/tmp"), want: `exec: "/tmp": `, code: 126},
		{args: append([]string{"run", "-w", "/etc/passwd"}, x("true")[1:]...), want: "/etc/passwd"},
	})
	// runc sees only when it executes a program that it is in no format, and
	// that process is the container's already: an exit like any other.
	got := kit.Unitmon(t, x("/tmp/garbage")...)
	if got.Code != 1 || got.Stdout != "" || !strings.Contains(got.Stderr, "exec format error") {
		t.Errorf("exec format error: %+v", got)
	}
	kit.NothingLeft(t, "x")
}
