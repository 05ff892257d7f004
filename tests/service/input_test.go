package service

import (
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// screen is a program for a terminal: it writes the size when that changes, and
// what is typed.
const screen = `trap 'echo size $(stty size)' WINCH; echo ready
while :; do if read x; then [ "$x" = end ] && exit 5; echo "got $x"; fi; done`

// TestTerminal: a program on a terminal, and two people before it, notice
// nothing of the monitor's death: what they type, the size, the output.
func TestTerminal(t *testing.T) {
	t.Parallel()
	p := newPodman(t, setting{})
	c := create(t, p, "tty", screen, "--tty", "--interactive")
	near := kit.NewTerminal(t, 24, 80)
	job := near.Start(t, p.line("start", "--attach", "--interactive", c.name)...)
	near.AwaitText(t, "ready")
	s := c.service()
	near.Type(t, "one\n")
	near.AwaitText(t, "got one")
	s.kill()
	near.Type(t, "two\n") // nobody is there to take it, or just so
	near.AwaitText(t, "got two")
	near.Resize(t, 30, 100)
	near.AwaitText(t, "size 30 100")
	s.running()
	s.kill()
	s.running()
	far := kit.NewTerminal(t, 30, 90)
	second := far.Start(t, p.line("attach", c.name)...)
	far.AwaitText(t, "size 30 90") // podman makes the container's as large as its own
	far.Type(t, "three\n")
	for _, term := range []*kit.Terminal{near, far} {
		term.AwaitText(t, "got three")
	}
	far.Type(t, "end\n")
	if code := job.Wait(t); code != 5 {
		t.Errorf("podman start ended with %d", code)
	}
	second.Wait(t)
	c.ended(5)
	s.exit(5)
	for _, want := range []string{"got one", "got two", "got three"} {
		if logs := c.logs(); strings.Count(logs, want+"\r\n") != 1 {
			t.Errorf("podman logs has no %q, or more than one: %q", want, logs)
		}
	}
	c.remove()
}

// TestInput: what is written to the container's input before and after a kill
// arrives once and in order, and so does its end; the log has it once too. A
// monitor that is killed when it has sent the client something, and before it has
// noted that, leaves its successor to send that again.
//
// What is typed would be written again in the same way if the kill came between
// the write and the note of it. Here it does not: each kill waits for the answer,
// which the monitor can only read after that note.
func TestInput(t *testing.T) {
	t.Parallel()
	p := newPodman(t, setting{})
	c := create(t, p, "input", "cat; echo end; exit 4", "--interactive")
	path := c.shared.Path("input")
	must(t, syscall.Mkfifo(path, 0o600))
	in, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer func() { _ = in.Close() }()
	client := kit.Start(t, "sh", "-c", "exec "+strings.Join(p.line("start", "--attach", "--interactive", c.name), " ")+" <"+path)
	say := func(word string) {
		t.Helper()
		_, err := in.WriteString(word + "\n")
		must(t, err)
		client.Await(t, word+"\n")
	}
	say("one")
	s := c.service()
	for _, word := range []string{"two", "three", "four"} {
		s.kill()
		say(word)
	}
	s.running()
	must(t, in.Close())
	r := client.Wait()
	wantAnswers(t, r.Stdout, "one", "two", "three")
	if r.Code != 4 {
		t.Errorf("podman start: %+v", r)
	}
	c.ended(4)
	s.exit(4)
	if got, want := c.logs(), "one\ntwo\nthree\nfour\nend\n"; got != want {
		t.Errorf("podman logs says %q, want %q", got, want)
	}
	c.remove()
}

// wantAnswers checks what TestInput's client got: the answers before which no
// monitor was killed any more once, each of the others once or, for the kill that
// followed it, twice.
func wantAnswers(t *testing.T, got string, killed ...string) {
	t.Helper()
	pattern := "^"
	for _, word := range killed {
		pattern += "(" + word + "\n){1,2}"
	}
	if pattern += "four\nend\n$"; !regexp.MustCompile(pattern).MatchString(got) {
		t.Errorf("the client got %q, want %s", got, pattern)
	}
}
