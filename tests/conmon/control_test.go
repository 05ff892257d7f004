package conmon

import (
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// sizes is a container that writes its terminal's size, in characters and
// pixels, whenever that changes; it ends at the size 3 3.
const sizes = "exec $TOOL sizes"

// controlScenes: what comes through the FIFOs ctl and winsz.
func controlScenes() []scene {
	return []scene{
		{name: "resize", setup: shell(sizes, "-t"), play: resize("1 24 80\n")},
		{name: "resize in pieces", setup: shell(sizes, "-t"), play: resize("1 24", " 80\n")},
		{name: "resize with zeros and junk", setup: shell(sizes, "-t"), play: resize("1 024 080 more\n")},
		{name: "what is no resize", setup: shell(sizes, "-t"), play: resize("3 4 5\n", "1 1001 5\n", "1 -1 5\n", "nonsense\n", "1 24 80\n")},
		{name: "resize by winsz", setup: shell(sizes, "-t"), play: winsz},
		{name: "resize before there is a terminal", setup: func() rig.Setup {
			p := rig.Shell("exec $TOOL size")
			p.Gate = "$D/go"
			return rig.Setup{Plan: p, Options: []string{"-t"}}
		}, play: earlyResize},
		{name: "reopen", setup: shell("echo one; read x <$D/go; echo two"), play: reopen},
	}
}

// resize sends pieces to ctl, each when the one before has been read; they are
// to make the terminal 24 lines and 80 columns large, and to say nothing else.
func resize(pieces ...string) func(*testing.T, rig.Monitor, rig.Setup) rig.Trace {
	return func(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
		t.Helper()
		s.Before = rig.Fifo("go")
		r, _ := m.Create(t, s)
		c := r.Client()
		r.AwaitRecord("log", "stdout F ready\r")
		for _, p := range pieces {
			r.CtlRead("ctl", p)
		}
		c.Until(func() bool { return strings.Contains(string(c.Stdout), "24 80 ") })
		r.Ctl("ctl", "1 3 3\n")
		c.ToEnd()
		var tr rig.Trace
		tr.Add("monitor %d", r.End())
		return tr
	}
}

func winsz(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F ready\r")
	r.Ctl("winsz", "3 3\n")
	var tr rig.Trace
	tr.Add("monitor %d", r.End())
	return tr
}

func earlyResize(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r := m.Begin(t, s)
	r.AwaitFile("watch/runtime") // ctl is there before the runtime
	r.Ctl("ctl", "1 24 80\n")
	c := r.Client()
	must(t, r.Open("go").Close())
	c.Until(func() bool { return len(c.Stdout) > 0 })
	c.Type("word\n")
	c.ToEnd()
	var tr rig.Trace
	tr.Add("monitor %d", r.End())
	return append(tr, r.Joined("log")...)
}

// reopen: the log is renamed by somebody else, who then asks for a new one.
func reopen(t *testing.T, m rig.Monitor, s rig.Setup) rig.Trace {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F one")
	must(t, os.Rename(r.Path("log"), r.Path("log.old")))
	r.Ctl("ctl", "2 0 0\n")
	r.AwaitFile("log")
	r.Line("go", "x")
	r.End()
	tr := rig.Trace{"old"}
	tr = append(tr, r.Records("log.old")...)
	tr = append(tr, "new")
	return append(tr, r.Records("log")...)
}
