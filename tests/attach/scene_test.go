package attach

import (
	"crypto/md5"
	"fmt"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// outcome is what clients and caller see of a scene. It must be the same under
// both monitors.
type outcome struct {
	Stdout, Stderr string
	Code           int
	More           []string // what else the scene looks at
}

// scene is a scripted container and what its clients do.
type scene struct {
	name             string
	script           string
	stdin, leaveOpen bool
	play             func(t testing.TB, c ctr, s kit.Shared) outcome // watch, if nil
	want             outcome
}

// goFIFO begins the script of a scene whose container has no stdin: it waits
// until the test says go. With stdin the first line that a client sends is the
// better sign: the monitor has accepted the client that sent it.
const goFIFO = "read x </shared/go; "

// watch attaches one client, lets the container go, and sees it to its end.
func watch(t testing.TB, c ctr, s kit.Shared) outcome {
	t.Helper()
	cl := dial(t, c.attach())
	c.begin()
	s.Go(t)
	return ended(c, cl)
}

// ended sees a client and the container to their end.
func ended(c ctr, cl *client, more ...string) outcome {
	cl.t.Helper()
	stdout, stderr := cl.end()
	return outcome{stdout, stderr, c.exit(), more}
}

// typed makes a scene's play: a client that sends data in packets of a size
// conmon can take, ends its input, and watches.
func typed(data string) func(t testing.TB, c ctr, s kit.Shared) outcome {
	return func(t testing.TB, c ctr, _ kit.Shared) outcome {
		t.Helper()
		cl := dial(t, c.attach())
		c.begin()
		if err := cl.paste([]byte("go\n"+data), conmonInput); err != nil {
			t.Fatal(err)
		}
		cl.halfClose()
		return ended(c, cl)
	}
}

// allBytes has every byte after every other one.
func allBytes() string {
	var b strings.Builder
	for i := range 256 {
		for j := range 256 {
			b.Write([]byte{byte(i), byte(j)})
		}
	}
	return b.String()
}

// longLines has lines around every limit of either monitor.
func longLines() string {
	var b strings.Builder
	for _, n := range []int{0, 1, 8190, 8191, 8192, 8193, 16384, 49151, 49152, 49153, 65535, 65536, 65537, 100_000} {
		b.WriteString(strings.Repeat(string(rune('a'+n%26)), n) + "\n")
	}
	return b.String()
}

// numbers are lines with numbers from 1 to n.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintln(&b, i+1)
	}
	return b.String()
}

// pasted is a paste of n bytes.
func pasted(n int) string {
	var b strings.Builder
	for x := uint32(1); b.Len() < n; {
		x = x*1664525 + 1013904223
		b.WriteByte(byte(x >> 24))
	}
	return b.String()
}

// outputScenes are about what comes out.
func outputScenes() []scene {
	return []scene{
		{
			name: "both streams", script: goFIFO + "echo out; echo err >&2; echo more; exit 5",
			want: outcome{Stdout: "out\nmore\n", Stderr: "err\n", Code: 5},
		},
		{
			name: "no output", script: goFIFO + "exit 255",
			want: outcome{Code: 255},
		},
		{
			name: "no final newline", script: goFIFO + "printf 'a\\nb'; printf c >&2",
			want: outcome{Stdout: "a\nb", Stderr: "c"},
		},
		{
			name: "empty lines", script: goFIFO + "printf '\\n\\n  \\n\\n'; printf '\\r\\n\\r' >&2",
			want: outcome{Stdout: "\n\n  \n\n", Stderr: "\r\n\r"},
		},
		{
			name: "all bytes", script: goFIFO + "cat /shared/bytes; cat /shared/bytes >&2",
			want: outcome{Stdout: allBytes(), Stderr: allBytes()},
		},
		{
			name: "long lines", script: goFIFO + "cat /shared/long; cat /shared/long >&2",
			want: outcome{Stdout: longLines(), Stderr: longLines()},
		},
		{
			name: "many lines", script: goFIFO + "seq 60000 & seq 60000 >&2; wait; exit 1",
			want: outcome{Stdout: numbers(60000), Stderr: numbers(60000), Code: 1},
		},
		{
			name: "byte by byte", script: goFIFO + "dd if=/shared/some bs=1 2>/dev/null",
			want: outcome{Stdout: allBytes()[:4096]},
		},
		{
			name: "input without stdin", script: goFIFO + "cat; echo end",
			play: func(t testing.TB, c ctr, s kit.Shared) outcome {
				t.Helper()
				cl := dial(t, c.attach())
				c.begin()
				cl.send([]byte("nobody reads this\n"))
				s.Go(t)
				return ended(c, cl)
			},
			want: outcome{Stdout: "end\n"},
		},
		{
			name: "killed", script: goFIFO + "echo up; read x </shared/go",
			play: func(t testing.TB, c ctr, s kit.Shared) outcome {
				t.Helper()
				cl := dial(t, c.attach())
				c.begin()
				s.Go(t)
				cl.await("up\n")
				c.kill(9)
				return ended(c, cl)
			},
			want: outcome{Stdout: "up\n", Code: 137},
		},
		{
			name: "client leaves", stdin: true, leaveOpen: true,
			script: "read a; read b; echo one; read x </shared/go; seq 50000; exit 3",
			play: func(t testing.TB, c ctr, s kit.Shared) outcome {
				t.Helper()
				leaver, cl := dial(t, c.attach()), dial(t, c.attach())
				c.begin()
				leaver.send([]byte("here\n"))
				cl.send([]byte("here\n"))
				leaver.await("one\n")
				leaver.close()
				s.Go(t)
				return ended(c, cl)
			},
			want: outcome{Stdout: "one\n" + numbers(50000), Code: 3},
		},
		{
			name: "late client", stdin: true, leaveOpen: true, script: "read a; echo early; read b; echo late",
			play: func(t testing.TB, c ctr, _ kit.Shared) outcome {
				t.Helper()
				first := dial(t, c.attach())
				c.begin()
				first.send([]byte("here\n"))
				first.await("early\n")
				cl := dial(t, c.attach())
				cl.send([]byte("here\n"))
				return ended(c, cl)
			},
			want: outcome{Stdout: "late\n"}, // no replay
		},
	}
}

// inputScenes are about what goes in, and who ends it.
func inputScenes() []scene {
	const paste = 10_000_000
	sum := func(data string) string { return fmt.Sprintf("%x  -\n%d\n", md5.Sum([]byte(data)), len(data)) }
	return []scene{
		{
			name: "echo", stdin: true, script: "read go; cat; echo end; exit 4", play: typed("one\ntwo\nthree"),
			want: outcome{Stdout: "one\ntwo\nthreeend\n", Code: 4},
		},
		{
			name: "all bytes in", stdin: true, script: "read go; cat", play: typed(allBytes()),
			want: outcome{Stdout: allBytes()},
		},
		{
			name: "paste into a slow reader", stdin: true,
			script: "read go; dd bs=512 2>/dev/null | tee /tmp/copy | md5sum; wc -c </tmp/copy",
			play:   typed(pasted(paste)),
			want:   outcome{Stdout: sum(pasted(paste))},
		},
		{
			name: "output after half-close", stdin: true, script: "read go; cat; seq 50000; echo end >&2; exit 6", play: typed(""),
			want: outcome{Stdout: numbers(50000), Stderr: "end\n", Code: 6},
		},
		{name: "close ends stdin", stdin: true, script: reader, play: leaveAndWatch((*client).close), want: outcome{Stdout: "hi\ngot one\neof\n", Code: 6}},
		{name: "half-close ends stdin", stdin: true, script: reader, play: leaveAndWatch((*client).halfClose), want: outcome{Stdout: "hi\ngot one\neof\n", Code: 6}},
		{name: "close leaves stdin open", stdin: true, leaveOpen: true, script: reader, play: leaveAndType((*client).close), want: outcome{Stdout: "hi\ngot one\ngot two\n", Code: 5}},
		{name: "half-close leaves stdin open", stdin: true, leaveOpen: true, script: reader, play: leaveAndType((*client).halfClose), want: outcome{Stdout: "hi\ngot one\ngot two\n", Code: 5}},
		{
			name: "two clients type", stdin: true, script: "read go; echo hi; read a; echo got $a; read b; echo got $b; cat; exit 2", play: twoType,
			want: outcome{Stdout: "hi\ngot one\ngot two\n", Code: 2, More: []string{"got one\ngot two\n"}},
		},
	}
}

// reader waits for a client, and then tells every line of its stdin, until one is
// "two", or until its end.
const reader = "read go; echo hi; while read l; do echo got $l; [ $l = two ] && exit 5; done; echo eof; exit 6"

// meet attaches two clients, the first of which has been accepted.
func meet(t testing.TB, c ctr) (first, second *client) {
	t.Helper()
	first, second = dial(t, c.attach()), dial(t, c.attach())
	c.begin()
	first.send([]byte("go\n"))
	first.await("hi\n")
	return first, second
}

// leaveAndWatch: one client types a line and leaves, the other one sees what
// that does.
func leaveAndWatch(leave func(*client)) func(t testing.TB, c ctr, s kit.Shared) outcome {
	return func(t testing.TB, c ctr, _ kit.Shared) outcome {
		t.Helper()
		cl, leaver := meet(t, c)
		leaver.send([]byte("one\n"))
		leaver.await("got one\n")
		leave(leaver)
		return ended(c, cl)
	}
}

// leaveAndType: one client types a line and leaves; stdin being open, a client
// that comes after that can type the next.
func leaveAndType(leave func(*client)) func(t testing.TB, c ctr, s kit.Shared) outcome {
	return func(t testing.TB, c ctr, _ kit.Shared) outcome {
		t.Helper()
		cl, leaver := meet(t, c)
		leaver.send([]byte("one\n"))
		leaver.await("got one\n")
		leave(leaver)
		cl.await("got one\n")
		dial(t, c.attach()).send([]byte("two\n"))
		return ended(c, cl)
	}
}

// twoType: what two clients type arrives, and both see everything.
func twoType(t testing.TB, c ctr, _ kit.Shared) outcome {
	t.Helper()
	a, b := meet(t, c)
	b.send([]byte("one\n"))
	b.await("got one\n")
	a.send([]byte("two\n"))
	b.await("got two\n")
	b.halfClose()
	seen, _ := b.end()
	return ended(c, a, strings.TrimPrefix(seen, "hi\n")) // where b may be too late
}
