package conmon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// stdioScenes: clients and terminals.
func stdioScenes() []scene {
	return []scene{
		{name: "clients get all output", setup: shell("read x <$D/go; echo out; echo err >&2; exit 3"), play: twoClients},
		{name: "packets", setup: shell("read x <$D/go; head -c 50000 /dev/zero | tr '\\0' x; exit 3"), play: packets},
		{name: "no replay", setup: shell("echo early; echo >$D/said; read x <$D/go; echo late"), play: noReplay},
		{name: "input", setup: shell("cat; exit 3", "-i"), play: input},
		{name: "input of several clients", setup: shell("cat; exit 3", "-i"), play: inputOfTwo},
		{name: "end of input for all", setup: shell("cat; read x <$D/go; echo more", "-i"), play: endOfInput},
		{name: "stdin left open", setup: shell("read a; read b; echo $a $b", "-i", "--leave-stdin-open"), play: leaveOpen},
		{name: "output after the end of input", setup: shell("cat; echo more; exit 3", "-i"), play: input},
		{name: "no stdin", setup: shell("cat; echo end of stdin; read x <$D/go; echo more"), play: noStdin},
		{name: "terminal", setup: shell("tty >/dev/null && echo on a terminal; echo err >&2; exit 6", "-t"), play: lifeAndArgv},
		{name: "terminal with a client", setup: shell("read x <$D/go; read a; echo got $a; read b; echo got $b", "-t"), play: terminalClients},
		{name: "terminal not set up", setup: func() rig.Setup {
			p := rig.Shell("exit 0")
			p.Console = "ignore"
			return rig.Setup{Plan: p, Options: []string{"-t"}}
		}, play: messageOnly},
		{name: "forty clients", setup: shell("read x <$D/go; echo out; exit 3"), play: many},
	}
}

func twoClients(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	a, b := r.Client(), r.Client()
	r.Line("go", "x")
	a.ToEnd()
	b.ToEnd()
	var tr rig.Trace
	tr.Add("%q %q", a.Stdout, a.Stderr)
	tr.Add("%q %q", b.Stdout, b.Stderr)
	tr.Add("monitor %d", r.End())
	return tr
}

func packets(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	c := r.Client()
	r.Line("go", "x")
	c.ToEnd()
	var tr rig.Trace
	tr.Add("%d bytes, in packets of at most 8193: %v", len(c.Stdout), c.Longest <= 8193)
	tr.Add("log: %d bytes", len(strings.Join(r.Joined("log"), "")))
	tr.Add("monitor %d", r.End())
	return tr
}

// noReplay: what was written before a client comes is not for it.
func noReplay(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go", "said")
	r, _ := m.Create(t, s)
	first := r.Client()
	r.Await("said")
	// The output was in the pipe before the container said so; a monitor that
	// has given it to its log has given it to its clients.
	r.AwaitRecord("log", "stdout F early")
	c := r.Client()
	r.Line("go", "x")
	c.ToEnd()
	first.ToEnd()
	r.End()
	return rig.Trace{fmt.Sprintf("%q", c.Stdout)}
}

func input(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r, _ := m.Create(t, s)
	c := r.Client()
	c.Type("one\n")
	c.Type("two\n")
	c.Half()
	c.ToEnd()
	var tr rig.Trace
	tr.Add("%q", c.Stdout)
	tr.Add("monitor %d", r.End())
	return tr
}

// inputOfTwo: packets of several clients are not mixed up.
func inputOfTwo(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r, _ := m.Create(t, s)
	a, b := r.Client(), r.Client()
	for i := range 3 {
		text := fmt.Sprintf("%d\n", i)
		a.Type("a" + text)
		a.Until(func() bool { return strings.HasSuffix(string(a.Stdout), "a"+text) })
		b.Type("b" + text)
		a.Until(func() bool { return strings.HasSuffix(string(a.Stdout), "b"+text) })
	}
	a.Half()
	a.ToEnd()
	b.ToEnd()
	var tr rig.Trace
	tr.Add("%q", a.Stdout)
	tr.Add("%q", b.Stdout)
	tr.Add("monitor %d", r.End())
	return tr
}

// endOfInput: the first client that leaves ends the input of all.
func endOfInput(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	a, b := r.Client(), r.Client()
	a.Type("one\n")
	b.Until(func() bool { return len(b.Stdout) > 0 })
	a.Until(func() bool { return len(a.Stdout) > 0 }) // or the close is a reset
	a.Close()
	r.Line("go", "x")
	b.ToEnd()
	var tr rig.Trace
	tr.Add("%q", b.Stdout)
	tr.Add("monitor %d", r.End())
	return tr
}

func leaveOpen(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r, _ := m.Create(t, s)
	a := r.Client()
	a.Type("one\n")
	a.Close()
	b := r.Client()
	b.Type("two\n")
	b.ToEnd()
	var tr rig.Trace
	tr.Add("%q", b.Stdout)
	tr.Add("monitor %d", r.End())
	return tr
}

// noStdin: without -i the container's stdin is at its end, and what clients
// type is for nobody.
func noStdin(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	c := r.Client()
	c.Type("for nobody\n")
	c.Half()
	r.Line("go", "x")
	c.ToEnd()
	r.End()
	var tr rig.Trace
	tr.Add("ends with %q", strings.TrimPrefix(string(c.Stdout), "end of stdin\n"))
	return append(tr, r.Joined("log")...)
}

// terminalClients: without -i a client's leaving ends nothing.
func terminalClients(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	a := r.Client()
	r.Line("go", "x")
	a.Type("one\n")
	a.Until(func() bool { return strings.Contains(string(a.Stdout), "got one\r\n") })
	a.Close()
	b := r.Client()
	b.Type("two\n")
	b.ToEnd()
	var tr rig.Trace
	tr.Add("%q", a.Stdout)
	tr.Add("%q", b.Stdout)
	tr.Add("monitor %d", r.End())
	return tr
}

// messageOnly is for a life that ends before it began.
func messageOnly(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	r := m.Begin(t, s)
	tr := rig.Trace{r.Plain(r.Sync.Next())}
	tr.Add("monitor %d, exit file %s, exit command %s", r.End(), r.ExitFile(), r.Called())
	return tr
}

func many(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	var list []*rig.Client
	for range 40 {
		list = append(list, r.Client())
	}
	r.Line("go", "x")
	var tr rig.Trace
	served := 0
	for _, c := range list {
		c.ToEnd()
		if string(c.Stdout) == "out\n" {
			served++
		}
	}
	tr.Add("%d clients have it", served)
	tr.Add("monitor %d", r.End())
	return tr
}
