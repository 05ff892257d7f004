package exec

import (
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestTerminal: a shell on a terminal, its size, its keys, and its end.
func TestTerminal(t *testing.T) {
	const name = "terminal"
	start(t, name)
	term := kit.NewTerminal(t, 24, 80)
	before := term.Attributes(t)
	job := term.Start(t, "unitmon", "exec", "-it", "-e", "PS1=prompt> ", name, "--", "sh")
	term.AwaitText(t, "prompt>")
	term.Type(t, "stty size; tty; echo $TERM\r")
	term.AwaitText(t, "24 80")
	term.AwaitText(t, "/dev/pts/")
	term.AwaitText(t, "xterm")
	term.Type(t, "cat\r")
	term.Type(t, "typed\r")
	term.Await(t, "what cat has answered", func(screen string) bool { return strings.Count(screen, "typed") == 2 })
	term.Type(t, "\x03") // ends cat, not us
	term.Await(t, "the next prompt", func(screen string) bool { return strings.Contains(screen, "^C\nprompt>") })
	term.Type(t, "echo still $((1+1))\r")
	term.AwaitText(t, "still 2")
	term.Type(t, "exit 7\r")
	if code := job.Wait(t); code != 7 {
		t.Errorf("exit code %d, want 7:\n%s", code, term.Screen())
	}
	if after := term.Attributes(t); after != before {
		t.Errorf("the terminal is not as it was: %+v, before %+v", after, before)
	}
}

// TestTerminal_Resize: the size follows that of our terminal.
func TestTerminal_Resize(t *testing.T) {
	const name = "resize"
	start(t, name)
	term := kit.NewTerminal(t, 24, 80)
	job := term.Start(t, "unitmon", "exec", "-it", name, "--", "sh", "-c",
		"trap 'stty size' WINCH; trap 'exit 0' TERM; stty size; while :; do sleep 1000 >/dev/null 2>&1 & wait; done")
	term.AwaitText(t, "24 80")
	term.Resize(t, 30, 100)
	term.AwaitText(t, "30 100")
	term.Resize(t, 50, 132)
	term.AwaitText(t, "50 132")
	job.Signal(t, syscall.SIGTERM)
	if code := job.Wait(t); code != 143 {
		t.Errorf("exit code %d, want 143, that of our own death", code)
	}
}

// TestTerminal_Much: the last of much output is shown, though the command has
// ended, and something it left has the terminal open.
func TestTerminal_Much(t *testing.T) {
	const name, lines = "terminalmuch", "20000"
	start(t, name)
	term := kit.NewTerminal(t, 24, 80)
	job := term.Start(t, "unitmon", "exec", "-t", name, "--", "sh", "-c", "trap '' HUP; sleep 70050 & seq "+lines)
	if code := job.Wait(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, term.Screen())
	}
	term.AwaitText(t, lines) // what is written is shown later
	if got := strings.Count(term.Text(), "\n"); got != 20000 {
		t.Errorf("%d lines, want %s", got, lines)
	}
}

// TestTerminal_Signals: a signal ends the session, whatever runs in it, and
// gives the terminal back; SIGKILL can only do the former.
func TestTerminal_Signals(t *testing.T) {
	for _, c := range []struct {
		name    string
		signal  syscall.Signal
		code    int
		seconds string
	}{
		{"tterm", syscall.SIGTERM, 143, "70061"},
		{"thup", syscall.SIGHUP, 129, "70062"},
		{"tkill", syscall.SIGKILL, 137, "70063"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start(t, c.name)
			term := kit.NewTerminal(t, 24, 80)
			before := term.Attributes(t)
			job := term.Start(t, "unitmon", "exec", "-it", c.name, "--", "sh", "-c", "trap '' TERM HUP INT; echo up; sleep "+c.seconds)
			term.AwaitText(t, "up")
			job.Signal(t, c.signal)
			if code := job.Wait(t); code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			sessionsGone(t, c.name)
			if alive(t, c.seconds) {
				t.Error("something of the session is alive")
			}
			if after := term.Attributes(t); c.signal != syscall.SIGKILL && after != before {
				t.Errorf("the terminal is not as it was: %+v, before %+v", after, before)
			}
		})
	}
}

// TestTerminal_Failure: what cannot be run is told on the terminal, which is as
// it was.
func TestTerminal_Failure(t *testing.T) {
	const name = "terminalfail"
	start(t, name)
	term := kit.NewTerminal(t, 24, 120)
	before := term.Attributes(t)
	job := term.Start(t, "unitmon", "exec", "-it", name, "--", "no-such-command")
	if code := job.Wait(t); code != 127 {
		t.Errorf("exit code %d, want 127", code)
	}
	term.AwaitText(t, "unitmon: container "+name)
	if after := term.Attributes(t); after != before {
		t.Errorf("the terminal is not as it was: %+v, before %+v", after, before)
	}
}
