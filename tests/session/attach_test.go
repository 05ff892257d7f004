package session

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/unitmon/unitmon/tests/kit"
)

// echo answers every line, and says when its input has ended.
const echo = `echo up; while read x; do echo "got $x"; done; echo end; exit 6`

// TestAttach: output and input of a container that runs, and its exit code.
func TestAttach(t *testing.T) {
	detach(t, "echo", echo, "-i")
	kit.AwaitMessage(t, "up", "CONTAINER_NAME=echo")
	want(t, feed(t, strings.NewReader("one\ntwo\n"), "attach", "echo"), "got one\ngot two\nend\n", 6)
	kit.NothingLeft(t, "echo")
}

// TestAttach_Exit: the exit code is the container's, whatever that is.
func TestAttach_Exit(t *testing.T) {
	for script, code := range map[string]int{"exit 0": 0, "exit 125": 125, "echo x; exit 255": 255, "exec sleep 1000": 137} {
		shared := kit.Share(t)
		name := fmt.Sprintf("exit-%d", code)
		detach(t, name, "echo up; read x </shared/go; "+script, "-v", shared.Volume())
		p := kit.Start(t, "unitmon", "attach", "--replay", "1", name)
		p.Await(t, "up\n")
		shared.Go(t)
		if code == 137 {
			kit.OK(t, "unitmon", "kill", name)
		}
		if r := p.Wait(); r.Code != code || r.Stderr != "" {
			t.Errorf("%s: %+v", script, r)
		}
		kit.NothingLeft(t, name)
	}
}

// TestAttach_AsItEnds: a container that ends while somebody comes has an exit
// code or is not there; there is no third.
func TestAttach_AsItEnds(t *testing.T) {
	codes := map[int]int{}
	for i := range 10 {
		name := fmt.Sprintf("ending-%d", i)
		shared := kit.Share(t)
		detach(t, name, "read x </shared/go; exit 44", "-v", shared.Volume())
		p := kit.Start(t, "unitmon", "attach", name)
		shared.Go(t)
		r := p.Wait()
		codes[r.Code]++
		there := r.Code == 44 && r.Stderr == ""
		gone := r.Code == 125 && (strings.Contains(r.Stderr, "no such container") || strings.Contains(r.Stderr, "is not running"))
		if !there && !gone {
			t.Errorf("%+v", r)
		}
		kit.NothingLeft(t, name)
	}
	t.Log(codes)
}

// TestAttach_Restart: a container that is started again is still attached to;
// the exit code is that of its last run.
func TestAttach_Restart(t *testing.T) {
	shared := kit.Share(t)
	detach(t, "again", `echo up; read x </shared/go; echo "run $x"; [ "$x" = 3 ] && exit 0; exit 5`,
		"-v", shared.Volume(), "--restart", "on-failure", "-p", "RestartSec=1ms")
	p := kit.Start(t, "unitmon", "attach", "--replay=1", "again")
	all := ""
	for run := 1; run <= 3; run++ {
		p.Await(t, all+"up\n")
		kit.OK(t, "/bin/sh", "-c", fmt.Sprintf("echo %d >%s", run, shared.Path("go")))
		all += fmt.Sprintf("up\nrun %d\n", run)
	}
	want(t, p.Wait(), all, 0)
}

// TestAttach_StdinRule: a client that is killed leaves stdin open, one whose
// input ends closes it, unless --leave-stdin-open was given.
func TestAttach_StdinRule(t *testing.T) {
	for _, open := range []bool{false, true} {
		name, options := "rule", []string{"-i"}
		if open {
			name, options = "rule-open", append(options, "--leave-stdin-open")
		}
		detach(t, name, echo, options...)
		for i, end := range []func(s talk){
			func(s talk) { s.Signal(t, syscall.SIGKILL) },
			talk.hush,
		} {
			s := start(t, "attach", "--replay", "100", name)
			word := fmt.Sprintf("word %d\n", i)
			s.say(word)
			s.Await(t, "got "+word)
			end(s)
			if i == 0 {
				s.Wait()
				continue
			}
			if open {
				last := start(t, "attach", name)
				last.say("still\n")
				last.Await(t, "got still\n")
				kit.OK(t, "unitmon", "kill", name)
			}
			if r := s.Wait(); strings.Contains(r.Stdout, "end\n") == open || open != (r.Code == 137) {
				t.Errorf("left open: %t: %+v", open, r)
			}
		}
		kit.NothingLeft(t, name)
	}
}

// TestAttach_NoStdin: whoever only looks on neither types nor ends anything.
func TestAttach_NoStdin(t *testing.T) {
	detach(t, "watched", echo, "-i")
	looker := kit.Start(t, "unitmon", "attach", "--no-stdin", "--replay", "1", "watched") // stdin: /dev/null
	looker.Await(t, "up\n")
	want(t, feed(t, strings.NewReader("x\n"), "attach", "watched"), "got x\nend\n", 6)
	want(t, looker.Wait(), "up\ngot x\nend\n", 6)
}

// TestAttach_Replay: the last lines or bytes come first.
func TestAttach_Replay(t *testing.T) {
	for replay, past := range map[string]string{"": "", "0": "", "2": "4\n5\n", "100": "1\n2\n3\n4\n5\n", "0b": "", "3b": "\n5\n", "99999999b": "1\n2\n3\n4\n5\n"} {
		name := "replay-" + replay
		detach(t, name, `seq 5; while read x; do echo "$x"; done`, "-i")
		kit.AwaitMessage(t, "5", "CONTAINER_NAME="+name)
		want(t, feed(t, strings.NewReader("typed\n"), "attach", "--replay", replay, name), past+"typed\n", 0)
	}
}

// TestAttach_Signals: without a terminal they are the container's.
func TestAttach_Signals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1} {
		name := fmt.Sprintf("signal-%d", sig)
		detach(t, name, fmt.Sprintf(`trap "echo got; exit 3" %d; echo up; sleep 1000 & wait`, sig))
		p := kit.Start(t, "unitmon", "attach", "--replay", "1", name)
		p.Await(t, "up\n")
		p.Signal(t, sig)
		want(t, p.Wait(), "up\ngot\n", 3)
	}
}

// TestAttach_Detach: the keys end the command with 0 and leave all as it is; so
// often as one likes.
func TestAttach_Detach(t *testing.T) {
	// Not in raw mode our terminal has a use of its own for ctrl-q, but not after ctrl-v.
	for options, keys := range map[string]string{"": "\x10\x16\x11", "--detach-keys=ctrl-x,.": "\x18."} {
		name := fmt.Sprintf("keys-%d", len(options))
		detach(t, name, `echo up; while read x; do echo "got <$x>"; done`, "-i")
		for i := range 3 {
			term := kit.NewTerminal(t, 24, 80)
			before := term.Attributes(t)
			args := []string{"unitmon", "attach", "--replay=1", name}
			if options != "" {
				args = append(args, options)
			}
			j := term.Start(t, args...)
			word := fmt.Sprintf("word %d", i)
			term.Type(t, word+"\r") // no terminal of the container's: line by line
			term.AwaitText(t, "got <"+word+">")
			if term.Attributes(t) != before {
				t.Error("raw mode for a container without a terminal")
			}
			term.Type(t, keys+"\r")
			if code := j.Wait(t); code != 0 {
				t.Errorf("exit code %d\n%s", code, term.Screen())
			}
		}
		want(t, feed(t, strings.NewReader(""), "attach", name), "", 0)
	}
}

// TestAttach_Terminal: raw mode, our size, and the detach keys.
func TestAttach_Terminal(t *testing.T) {
	detach(t, "screen", `while :; do read x; stty size; [ "$x" = end ] && exit 4; done`, "-it")
	for rows := 20; rows < 23; rows++ {
		term := kit.NewTerminal(t, rows, 70)
		before := term.Attributes(t)
		j := term.Start(t, "unitmon", "attach", "screen")
		term.Type(t, "\r")
		term.AwaitText(t, fmt.Sprintf("%d 70", rows))
		if term.Attributes(t) == before {
			t.Error("not in raw mode")
		}
		code, keys := 0, "\x10\x11"
		if rows == 22 {
			code, keys = 4, "end\r"
		}
		term.Type(t, keys)
		if got := j.Wait(t); got != code {
			t.Errorf("exit code %d, want %d\n%s", got, code, term.Screen())
		}
		if term.Attributes(t) != before {
			t.Error("the terminal is not as it was")
		}
	}
	kit.NothingLeft(t, "screen")
}

// flood writes a line, and 2.6 MB when it is told to go.
const flood = `echo up; read x; seq 400000; read x; echo "got $x"; exit 2`

// TestAttach_Dropped: a client that does not read is dropped, and what a pipe
// gets would have a hole: an error. Nobody else is concerned.
func TestAttach_Dropped(t *testing.T) {
	run := start(t, "run", "-i", "--log", "none", "lag", "--", "/bin/sh", "-c", flood)
	t.Cleanup(func() { kit.Purge(t, "lag") })
	run.Await(t, "up\n")
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "attach", "--no-stdin", "--replay=1", "lag")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	run.say("go\n")
	run.Await(t, "\n400000\n")
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != 125 || !strings.HasSuffix(said.String(), "unitmon: container lag: the relay dropped this client\n") {
		t.Errorf("%v: %s", cmd.ProcessState, said.String())
	}
	run.say("x\n")
	if r := run.Wait(); r.Code != 2 || !strings.HasSuffix(r.Stdout, "\n399999\n400000\ngot x\n") {
		t.Errorf("the other client: %d, %.20q", r.Code, r.Stdout)
	}
}

// TestAttach_DroppedTerminal: a person goes on, after a note.
func TestAttach_DroppedTerminal(t *testing.T) {
	first := kit.NewTerminal(t, 24, 80)
	run := first.Start(t, "unitmon", "run", "-it", "--log", "none", "lag-term", "--", "/bin/sh", "-c", flood)
	t.Cleanup(func() { kit.Purge(t, "lag-term") })
	first.AwaitText(t, "up")
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = master.Close() }()
	cmd := exec.CommandContext(kit.Context(t), "unitmon", "attach", "--replay=1", "lag-term")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = slave.Close()
	screen := bufio.NewReader(master)
	awaitLine(t, screen, "up\r\n")
	first.Type(t, "go\r")
	first.AwaitText(t, "400000")
	awaitLine(t, screen, "unitmon: note: ")
	if _, err := master.WriteString("late\r"); err != nil {
		t.Fatal(err)
	}
	awaitLine(t, screen, "got late\r\n")
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 2 || run.Wait(t) != 2 {
		t.Errorf("exit code %d", code)
	}
}

// awaitLine reads lines until one begins so.
func awaitLine(t *testing.T, r *bufio.Reader, prefix string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if strings.HasPrefix(line, prefix) {
			return
		}
		if err != nil {
			t.Fatalf("never saw %q: %v", prefix, err)
		}
	}
}

// TestAttach_Slips: one line, and 125.
func TestAttach_Slips(t *testing.T) {
	detach(t, "silent", "sleep 1000", "--stdio", "journal")
	kit.Detach(t, "over", "--keep", "over", "--", "/bin/true")
	kit.Await(t, kit.Units("over")[0], "SubState=dead", "SubState")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "no container named: unitmon attach [options] NAME"},
		{[]string{"a/b"}, `invalid container name "a/b"`},
		{[]string{"nosuch"}, "container nosuch: no such container: unitmon-nosuch.service is not loaded"},
		{[]string{"over"}, "container over: it is not running: unitmon-over.service is inactive (dead)"},
		{[]string{"silent"}, "container silent: its output goes straight to the journal (--stdio journal): unitmon logs -f silent"},
		{[]string{"--detach-keys", "ctrl-", "silent"}, `detach keys "ctrl-": "ctrl-" is neither a character nor`},
		{[]string{"--replay", "many", "silent"}, `replay "many": it is neither a number of lines nor`},
		{[]string{"--replay=-1", "silent"}, `replay "-1": it is neither`},
		{[]string{"--replay=b", "silent"}, `replay "b": it is neither`},
		{[]string{"silent", "nosuch"}, `more than 1 container named: "nosuch"`},
	} {
		r := kit.Unitmon(t, append([]string{"attach"}, tt.args...)...)
		if r.Code != 125 || r.Stdout != "" || !strings.HasPrefix(r.Stderr, "unitmon: "+tt.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("attach %q: %+v, want %s", tt.args, r, tt.want)
		}
	}
}

// TestAttach_NoInput: only who asks for a stdin that is not there is told.
func TestAttach_NoInput(t *testing.T) {
	for _, asked := range []bool{false, true} {
		name := fmt.Sprintf("mute-%t", asked)
		shared := kit.Share(t)
		detach(t, name, "echo up; read x </shared/go", "-v", shared.Volume())
		p := kit.Start(t, "unitmon", "attach", "--replay=1", fmt.Sprintf("--no-stdin=%t", !asked), name)
		p.Await(t, "up\n")
		shared.Go(t)
		note := ""
		if asked {
			note = "unitmon: note: container " + name + " has no stdin: it was started without --interactive\n"
		}
		if r := p.Wait(); r.Code != 0 || r.Stderr != note {
			t.Errorf("asked %t: %+v", asked, r)
		}
	}
}
