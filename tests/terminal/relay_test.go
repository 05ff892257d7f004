package terminal

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestRelay_Killed: the relay is killed again and again while a program draws,
// and the screen is right every time.
func TestRelay_Killed(t *testing.T) {
	const kills = 20
	p := newPair(t, "killed")
	p.start(t, "vi", textFile)
	p.play(t, step{words: []string{"line 23 of"}})
	relay := kit.Units(p.name)[1]
	for i := range kills {
		pid := restartedPID(t, relay, i)
		keys, words := "\x06\x06\x06\x061G", "line 23 of"
		if i%2 == 0 {
			keys, words = "\x02\x02G\x02\x02\x06\x06G", "line 200 of"
		}
		before := p.unit.Text()
		p.direct.Type(t, keys)
		p.unit.Type(t, keys)
		p.unit.Await(t, "something new", func(string) bool { return p.unit.Text() != before })
		send(t, pid, syscall.SIGKILL)
		p.same(t, words)
	}
	restartedPID(t, relay, kills)
	p.end(t, ":wq\r")
	kit.NothingLeft(t, p.name)
}

// TestRelay_Output: what a container writes to its terminal while the relay is
// killed is all there, in order. What a kill lets appear twice is the output
// whose way to the client was not yet noted.
func TestRelay_Output(t *testing.T) {
	const name, kills, each = "killed-output", 20, 2000
	script := fmt.Sprintf("stty -echo -onlcr; echo up; for i in $(seq 0 %d); do read x; seq $((i * %d + 1)) $((i * %d + %d)); done; read x; exit 5", kills-1, each, each, each)
	term, j := interactive(t, name, script, "--log", "none")
	from := len(term.Text())
	relay := kit.Units(name)[1]
	for i := range kills {
		pid, before := restartedPID(t, relay, i), len(term.Text())
		term.Type(t, "\r")
		term.Await(t, "more", func(string) bool { return len(term.Text()) > before })
		send(t, pid, syscall.SIGKILL)
		last := fmt.Sprintf("%d\n", (i+1)*each)
		term.Await(t, last, func(string) bool { return strings.HasSuffix(term.Text(), last) })
	}
	restartedPID(t, relay, kills)
	term.Type(t, "\r")
	if code := j.Wait(t); code != 5 {
		t.Errorf("exit code %d, want 5", code)
	}
	n, err := repeats(numbers(kills*each), term.Text()[from:])
	if err != nil || n > kills {
		t.Errorf("%d repetitions with %d kills: %v", n, kills, err)
	}
	t.Logf("%d of %d kills made output appear twice", n, kills)
	term.checkRestored(t)
}

// TestRelay_DeadAtEnd: a container writes its last to its terminal while the
// relay stands still, and ends; the next relay finds it there.
func TestRelay_DeadAtEnd(t *testing.T) {
	const lines = 300 // less than a terminal holds
	for _, log := range []string{"journal", "none"} {
		t.Run(log, func(t *testing.T) {
			name, shared := "dead-at-end-"+log, kit.Share(t)
			script := fmt.Sprintf("stty -echo -onlcr; echo up; read x </shared/go; seq %d; exit 5", lines)
			term, j := interactive(t, name, script, "--keep", "--log", log, "-v", shared.Volume())
			from, pid := len(term.Text()), restartedPID(t, kit.Units(name)[1], 0)
			send(t, pid, syscall.SIGSTOP)
			shared.Go(t)
			kit.Await(t, kit.Units(name)[0], "ExecMainStatus=5", "ExecMainStatus")
			send(t, pid, syscall.SIGKILL)
			if code := j.Wait(t); code != 5 {
				t.Errorf("exit code %d, want 5", code)
			}
			if got := term.Text()[from:]; got != numbers(lines) {
				t.Errorf("of %d bytes %d came", len(numbers(lines)), len(got))
			}
			if log == "journal" {
				kit.AwaitMessage(t, strconv.Itoa(lines), "CONTAINER_NAME="+name)
			}
		})
	}
}

// numbers are lines with the numbers 1 to n.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// repeats counts how often got, instead of going on with want, begins again
// with what came before. That something else comes, or too little, is an error.
func repeats(want, got string) (n int, err error) {
	pos := 0
	for {
		for pos < len(want) && got != "" && want[pos] == got[0] {
			pos, got = pos+1, got[1:]
		}
		if got == "" {
			break
		}
		// Numbers are found by less than this.
		head := got[:min(32, len(got))]
		back := strings.LastIndex(want[:min(pos+len(head)-1, len(want))], head)
		if back < 0 {
			return n, fmt.Errorf("after %q came %q", want[max(0, pos-20):pos], head)
		}
		pos = back
		n++
	}
	if pos != len(want) {
		return n, fmt.Errorf("%d bytes came of %d", pos, len(want))
	}
	return n, nil
}

func TestRepeats(t *testing.T) {
	want := numbers(2000)
	for _, tt := range []struct {
		got string
		n   int
		ok  bool
	}{
		{want, 0, true},
		{want[:5000] + want[4000:], 1, true},
		{want[:5000] + want[4990:6000] + want[5001:], 2, true},
		{want[:5000] + want[5001:], 0, false},
		{want[1:], 0, false},
		{want[:5000], 0, false},
		{want + "2000\n", 1, true},
		{want + "x", 0, false},
	} {
		if n, err := repeats(want, tt.got); n != tt.n || (err == nil) != tt.ok {
			t.Errorf("%d repetitions, %v; want %d, %v", n, err, tt.n, tt.ok)
		}
	}
}

// checkNumbers checks that a text has the lines 1 to n, in order.
func checkNumbers(t testing.TB, text string, n int) {
	t.Helper()
	next := 1
	for line := range strings.Lines(text) {
		got, err := strconv.Atoi(strings.TrimRight(line, "\r\n"))
		if err != nil || got != next {
			t.Fatalf("after line %d of %d came %q", next-1, n, line)
		}
		next++
	}
	if next != n+1 {
		t.Errorf("%d lines came, want %d", next-1, n)
	}
}

// restartedPID is the relay's process, after n restarts.
func restartedPID(t testing.TB, relay string, n int) int {
	t.Helper()
	kit.Await(t, relay, "ActiveState=active NRestarts="+strconv.Itoa(n), "ActiveState", "NRestarts")
	return kit.MainPID(t, relay)
}

func send(t testing.TB, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}
