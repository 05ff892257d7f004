package podman

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestTerminal plays scenes at a terminal with each monitor, as root and as an
// ordinary user.
func TestTerminal(t *testing.T) {
	checkMachine(t)
	for _, c := range []struct {
		name string
		play scene
	}{
		{"run", runTerminal}, {"exec", execTerminal}, {"attach", attachTerminals}, {"output", outputTerminal},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			compare(t, nil, c.play)
		})
		t.Run(c.name+"-rootless", func(t *testing.T) {
			t.Parallel()
			alice := kit.LookupUser(t, rootlessUser)
			compare(t, &alice, c.play)
		})
	}
}

// lines is a shell without a prompt and without line editing, which asks the
// terminal things when no key is waiting.
const lines = `trap "echo interrupted" INT; echo ready; while read -r line; do eval "$line"; done`

// seat is a terminal at which one podman runs.
type seat struct {
	*kit.Terminal
	job *kit.Job
}

// sit starts a podman at a new terminal of 24 rows and 80 columns.
func (s *store) sit(t *testing.T, args ...string) seat {
	t.Helper()
	term := kit.NewTerminal(t, 24, 80)
	return seat{term, term.Start(t, s.line(append([]string{"podman"}, args...)...)...)}
}

// say types a line and waits for the answer.
func (x seat) say(t *testing.T, line, answer string) {
	t.Helper()
	x.Type(t, line+"\r")
	x.hear(t, answer)
}

// hear waits for something on the terminal.
func (x seat) hear(t *testing.T, text string) {
	t.Helper()
	x.Await(t, fmt.Sprintf("%q", text), func(string) bool { return strings.Contains(x.Text(), text) })
}

// end waits for the podman's end and returns what was on the terminal.
func (x seat) end(t *testing.T) string {
	t.Helper()
	code := x.job.Wait(t)
	return fmt.Sprintf("%s\ncode %d", strings.TrimRight(chance.ReplaceAllString(x.Text(), ""), "\r\n"), code)
}

// chance is what may be on a terminal or not: podman warns if a change of size
// comes when the container does not run yet, or no more.
var chance = regexp.MustCompile(`\x1b\[31mERRO\x1b\[0m\[\d+\] container not running *[\r\n]*`)

// runTerminal is "run -it": sizes, keys, modes, the exit code.
func runTerminal(t *testing.T, s *store) string {
	term := kit.NewTerminal(t, 24, 80)
	was := term.Attributes(t)
	x := seat{term, term.Start(t, s.line("podman", "run", "--rm", "-it", imageName, "sh", "-c", lines)...)}
	x.hear(t, "ready")
	x.say(t, "echo $((6*7)); tty", "42\r\n/dev/pts/0\r\n")
	x.resize(t)
	x.Type(t, "\x03") // the container's terminal makes SIGINT of it
	x.hear(t, "interrupted")
	x.Type(t, "exit 7\r")
	seen := x.end(t)
	if now := term.Attributes(t); now != was {
		t.Errorf("the terminal's settings were %+v and are %+v", was, now)
	}
	if !strings.HasSuffix(seen, "code 7") {
		t.Errorf("seen: %q", seen)
	}
	return seen
}

// resize has a program show the size, and changes it.
func (x seat) resize(t *testing.T) {
	t.Helper()
	x.Type(t, "guest size\r")
	x.AwaitText(t, "size 24 80")
	x.Resize(t, 30, 100)
	x.AwaitText(t, "size 30 100")
	x.Resize(t, 24, 80)
	x.Await(t, "the first size again", func(string) bool { return strings.Count(x.Text(), "size 24 80") == 2 })
}

// execTerminal is "exec -it" in a container without a terminal.
func execTerminal(t *testing.T, s *store) string {
	s.ok(t, "run", "-d", "--name", "e1", imageName, "sleep", "100000")
	x := s.sit(t, "exec", "-it", "e1", "sh", "-c", lines)
	x.hear(t, "ready")
	x.say(t, "echo $((6*7))", "42\r\n")
	x.resize(t)
	x.Type(t, "\x03")
	x.hear(t, "interrupted")
	x.Type(t, "exit 8\r")
	seen := x.end(t)
	if !strings.HasSuffix(seen, "code 8") {
		t.Errorf("seen: %q", seen)
	}
	seen += s.ok(t, "exec", "-t", "e1", "sh", "-c", "[ -t 1 ] && echo terminal")
	s.ok(t, "rm", "-f", "-t", "0", "e1")
	return seen
}

// attachTerminals is a shell that two terminals share, which one leaves, by
// the detach key, and comes back to. (The default is two keys, which podman
// takes for such only if it reads them one at a time.)
func attachTerminals(t *testing.T, s *store) string {
	a := s.sit(t, "run", "-it", "--detach-keys", "ctrl-x", "--name", "a1", imageName, "sh", "-c", lines)
	a.hear(t, "ready")
	b := s.sit(t, "attach", "a1")
	b.say(t, "echo $((5*7))", "35")
	a.say(t, "echo $((6*7))", "42")
	b.hear(t, "42")
	a.Type(t, "\x18")
	seen := []string{fmt.Sprint("left with ", a.job.Wait(t))}
	b.say(t, "echo $((7*8))", "56\r\n")
	c := s.sit(t, "attach", "--detach-keys", "ctrl-x", "a1")
	c.say(t, "echo $((8*8))", "64")
	c.Type(t, "\x18")
	seen = append(seen, fmt.Sprint("left with ", c.job.Wait(t)))
	seen = append(seen, "still "+s.ok(t, "inspect", "-f", "{{.State.Status}}", "a1"))
	b.Type(t, "exit 9\r")
	b.job.Wait(t)
	seen = append(seen, "wait "+s.ok(t, "wait", "a1"), s.ok(t, "logs", "a1"))
	s.ok(t, "rm", "a1")
	want := "left with 0\nleft with 0\nstill running\n\nwait 9\n"
	all := strings.Join(seen, "\n")
	if !strings.HasPrefix(all, want) || !strings.Contains(all, "56") {
		t.Errorf("seen %q, want %q", all, want)
	}
	return all
}

// outputTerminal is a terminal for output alone, "run -t", and one that nobody
// looks at, "run -dt".
func outputTerminal(t *testing.T, s *store) string {
	x := s.sit(t, "run", "--rm", "-t", imageName, "sh", "-c", "echo out; echo err >&2; [ -t 0 ] && echo terminal; exit 3")
	seen := x.end(t)
	if want := "out\r\nerr\r\nterminal\ncode 3"; seen != want {
		t.Errorf("seen %q, want %q", seen, want)
	}
	s.ok(t, "run", "-d", "-t", "--name", "o1", imageName, "sh", "-c", "echo out; echo err >&2; exit 4")
	seen += s.ok(t, "wait", "o1") + s.ok(t, "logs", "o1")
	s.ok(t, "rm", "o1")
	return seen
}
