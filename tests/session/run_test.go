package session

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// everything is 4 MiB of all byte values, also what would be detach keys.
func everything() string {
	block := make([]byte, 0, 1<<16)
	for i := range 1 << 15 {
		block = append(block, byte(i), byte(i>>7))
	}
	return strings.Repeat(string(block), 64)
}

// TestRun_Stdin: with --interactive our stdin is the container's, to the byte,
// and its end is the end.
func TestRun_Stdin(t *testing.T) {
	for name, tt := range map[string]struct{ in, script, want string }{
		"lines": {"one\ntwo\n", "cat; exit 7", "one\ntwo\n"},
		"cut":   {"no end", "cat; exit 7", "no end"},
		"empty": {"", "cat; echo end; exit 7", "end\n"},
		"all":   {everything(), "cat; exit 7", everything()},
		"keys":  {"\x10\x11", "od -An -tx1; exit 7", " 10 11\n"}, // no keys: it is no terminal
	} {
		t.Run(name, func(t *testing.T) {
			name := "stdin-" + name
			got := feed(t, strings.NewReader(tt.in), "run", "-i", name, "--", "/bin/sh", "-c", tt.script)
			if got.Code != 7 || got.Stderr != "" || got.Stdout != tt.want {
				t.Errorf("code %d, stderr %.200q, %d bytes, want %d", got.Code, got.Stderr, len(got.Stdout), len(tt.want))
			}
			kit.NothingLeft(t, name)
		})
	}
}

// TestRun_StdinUnread: a container that does not read its stdin ends all the
// same, and so do we.
func TestRun_StdinUnread(t *testing.T) {
	want(t, feed(t, neverEnding{}, "run", "-i", "unread", "--", "/bin/sh", "-c", "head -c 5 | wc -c; exit 6"), "5\n", 6)
	kit.NothingLeft(t, "unread")
}

// neverEnding is an endless input.
type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) {
	return copy(p, bytes.Repeat([]byte("y\n"), len(p)/2+1)), nil
}

// TestRun_StdinBroken: a stdin that cannot be read has ended.
func TestRun_StdinBroken(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	got := feed(t, dir, "run", "-i", "broken", "--", "/bin/sh", "-c", "cat; echo end; exit 3")
	if got.Code != 3 || got.Stdout != "end\n" || !strings.HasPrefix(got.Stderr, "unitmon: note: stdin: read: is a directory\n") {
		t.Errorf("%+v", got)
	}
}

// TestRun_ReaderGone: whoever has closed our stdout may still want what the
// input does.
func TestRun_ReaderGone(t *testing.T) {
	shared := kit.Share(t)
	in := everything()
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "run", "-i", "-v", shared.Volume(), "deaf", "--",
		"/bin/sh", "-c", "echo first; tee /shared/copy; exit 5")
	t.Cleanup(func() { kit.Purge(t, "deaf") })
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 6)
	if _, err := io.ReadFull(out, first); err != nil || string(first) != "first\n" {
		t.Errorf("%q, %v", first, err)
	}
	_ = out.Close()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
	stored, err := os.ReadFile(shared.Path("copy"))
	if err != nil || sha256.Sum256(stored) != sha256.Sum256([]byte(in)) {
		t.Errorf("the container got %d bytes of %d, %v", len(stored), len(in), err)
	}
}

// TestRun_StdinThroughDeaths: the relay is killed while input and output flow.
// What is typed comes once; what was shown last may be shown again.
func TestRun_StdinThroughDeaths(t *testing.T) {
	s := start(t, "run", "-i", "immortal", "--", "/bin/sh", "-c", `n=0; while read x; do n=$((n+1)); echo "$n $x"; done; exit 4`)
	t.Cleanup(func() { kit.Purge(t, "immortal") })
	var all []string
	for i := range 8 {
		line := fmt.Sprintf("%d word\n", i+1)
		all = append(all, line)
		s.say("word\n")
		s.Await(t, line)
		kit.OK(t, "systemctl", "kill", "--signal=KILL", kit.Units("immortal")[1])
	}
	s.hush()
	r := s.Wait()
	shown := slices.Compact(slices.Collect(strings.Lines(r.Stdout)))
	if r.Code != 4 || r.Stderr != "" || !slices.Equal(shown, all) {
		t.Errorf("%+v", r)
	}
	kit.NothingLeft(t, "immortal")
}

// TestRun_Terminal: with -t our terminal is the container's.
func TestRun_Terminal(t *testing.T) {
	term := kit.NewTerminal(t, 33, 77)
	before := term.Attributes(t)
	j := term.Start(t, "unitmon", "run", "-it", "typed", "--", "/bin/sh", "-c", `tty; stty size; read x; stty size; printf %s "$x" | od -An -tx1; exit 3`)
	t.Cleanup(func() { kit.Purge(t, "typed") })
	term.AwaitText(t, "33 77")
	term.Resize(t, 20, 50)
	term.Type(t, "\x10x\x10\r") // not the detach keys
	if code := j.Wait(t); code != 3 {
		t.Errorf("exit code %d\n%s", code, term.Screen())
	}
	for _, text := range []string{"/dev/pts/0\r\n", "20 50\r\n", " 10 78 10\r\n"} {
		if !strings.Contains(term.Text(), text) {
			t.Errorf("%q is not in %q", text, term.Text())
		}
	}
	if term.Attributes(t) != before {
		t.Error("the terminal is not as it was")
	}
	kit.NothingLeft(t, "typed")
}

// TestRun_TerminalOnly: with -t and no -i nobody types: ctrl-c is our signal,
// which goes to the container.
func TestRun_TerminalOnly(t *testing.T) {
	term := kit.NewTerminal(t, 24, 80)
	j := term.Start(t, "unitmon", "run", "-t", "shown", "--", "/bin/sh", "-c", "trap 'exit 8' INT; stty size; while :; do read x; done")
	t.Cleanup(func() { kit.Purge(t, "shown") })
	term.AwaitText(t, "24 80")
	term.Type(t, "\x03")
	if code := j.Wait(t); code != 8 {
		t.Errorf("exit code %d\n%s", code, term.Screen())
	}
}

// TestRun_Detach: the keys leave a container that goes on. Nobody forgets its
// exit.
func TestRun_Detach(t *testing.T) {
	term := kit.NewTerminal(t, 24, 80)
	before := term.Attributes(t)
	j := term.Start(t, "unitmon", "run", "-it", "--detach-keys", "ctrl-x,d", "parted", "--", "/bin/sh", "-c", "echo up; read x; exit 9")
	t.Cleanup(func() { kit.Purge(t, "parted") })
	term.AwaitText(t, "up")
	term.Type(t, "\x18d")
	if code := j.Wait(t); code != 0 || term.Attributes(t) != before {
		t.Errorf("exit code %d\n%s", code, term.Screen())
	}
	if got := feed(t, strings.NewReader("\n"), "attach", "parted"); got.Code != 9 {
		t.Errorf("%+v", got)
	}
	kit.NothingLeft(t, "parted")
}

// TestRun_HungUp: a container at a terminal that hangs up goes on, and can be
// attached again.
func TestRun_HungUp(t *testing.T) {
	term := kit.NewTerminal(t, 24, 80)
	j := term.Start(t, "unitmon", "run", "-it", "left", "--", "/bin/sh", "-c", "echo up; read x; exit 9")
	t.Cleanup(func() { kit.Purge(t, "left") })
	term.AwaitText(t, "up")
	j.Signal(t, syscall.SIGHUP)
	if code := j.Wait(t); code != 128+int(syscall.SIGHUP) {
		t.Errorf("exit code %d", code)
	}
	if got := feed(t, strings.NewReader("\n"), "attach", "left"); got.Code != 9 {
		t.Errorf("%+v", got)
	}
}
