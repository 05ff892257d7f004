package exec

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestStdin: 10 MB of any bytes get in and out again as they are.
func TestStdin(t *testing.T) {
	const name = "stdin"
	start(t, name)
	data := make([]byte, 10<<20)
	for i := range data {
		data[i] = byte(i*7 + i>>8)
	}
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "exec", "-i", name, "--", "cat")
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(out) != sha256.Sum256(data) {
		t.Errorf("%d bytes came back, and not the %d that went in", len(out), len(data))
	}
}

// TestNoStdin: without --interactive our stdin is not touched.
func TestNoStdin(t *testing.T) {
	const name = "nostdin"
	start(t, name)
	cmd := exec.CommandContext(kit.Context(t), "sh", "-c", "unitmon exec "+name+" -- cat; cat")
	cmd.Stdin = strings.NewReader("mine\n")
	out, err := cmd.Output()
	if err != nil || string(out) != "mine\n" {
		t.Errorf("got %q (%v), want what was left of stdin", out, err)
	}
}

// TestStreams: stdout and stderr are two, complete and unchanged.
func TestStreams(t *testing.T) {
	const name, lines = "streams", 200000
	start(t, name)
	r := run(t, name, "sh", "-c", fmt.Sprintf("seq %d; echo one >&2", lines))
	if r.Code != 0 || r.Stderr != "one\n" {
		t.Errorf("exit code %d, stderr %q", r.Code, r.Stderr)
	}
	var want strings.Builder
	for i := range lines {
		fmt.Fprintln(&want, i+1)
	}
	if r.Stdout != want.String() {
		t.Errorf("%d bytes of output, and not the %d that were written", len(r.Stdout), want.Len())
	}
}

// TestOptions: the process is like the container's own, where no option says
// otherwise.
func TestOptions(t *testing.T) {
	const name = "options"
	start(t, name, "-e", "OWN=1", "-e", "OTHER=2", "-w", "/usr")
	const show = `echo "$OWN $OTHER $NEW $PWD $(id -u):$(id -g) $HOME ${NOTIFY_SOCKET-none} $(hostname)"`
	for _, c := range []struct {
		options []string
		want    string
	}{
		{nil, "1 2  /usr 0:0 /root none options"},
		{[]string{"-e", "OTHER=3", "-e", "NEW=4", "-w", "/tmp"}, "1 3 4 /tmp 0:0 /root none options"},
		{[]string{"-u", "nobody"}, "1 2  /usr 65534:65534 /nonexistent none options"},
		{[]string{"-u", "1234:567"}, "1 2  /usr 1234:567 / none options"},
	} {
		args := append(append([]string{"exec"}, c.options...), name, "sh", "-c", show) // a missing -- is fine
		if r := kit.Unitmon(t, args...); r.Stdout != c.want+"\n" {
			t.Errorf("%q: %q, want %q; stderr %q", c.options, r.Stdout, c.want, r.Stderr)
		}
	}
	status := "grep -E 'CapEff|NoNewPrivs' /proc/1/status; "
	r := run(t, name, "sh", "-c", status+strings.ReplaceAll(status, "/1/", "/self/"))
	lines := strings.Split(strings.TrimSpace(r.Stdout), "\n")
	if len(lines) != 4 || lines[0] != lines[2] || lines[1] != lines[3] {
		t.Errorf("privileges differ from those of the container's init: %q", lines)
	}
}
