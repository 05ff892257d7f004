package conmon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// clientDefects: attach, ctl, winsz.
func clientDefects() []defect {
	return []defect{
		{
			name: "client that does not read", setup: shell("read x <$D/go; yes $(printf %99s x | tr ' ' x) | head -c 4000000; exit 3"), play: slowClient,
			conmon: "does not end before the client reads", want: "exit file 3, 4000000 bytes in the log",
		},
		{
			name: "packet of input over 32 KiB", setup: shell("wc -c", "-i"), play: largePacket,
			conmon: "32768 bytes arrive", want: "40000 bytes arrive",
		},
		{
			name: "clients without a bound", setup: shell("read x <$D/go; echo out"), play: manyClients,
			conmon: "140 of 140 are served", want: "128 of 140 are served",
		},
		{
			name: "input without a stdin", setup: shell("read x <$D/go"), play: leakedClients,
			conmon: "20 descriptors more", want: "0 descriptors more",
		},
		{
			name: "199 bytes into ctl", setup: shell(sizes, "-t"), play: ctlFull,
			conmon: "ctl is dead", want: "resized",
		},
		{
			name: "commands in one piece", setup: shell(sizes, "-t"), play: twoCommands,
			conmon: "only the first", want: "resized",
		},
		{
			name: "pixels of a size", setup: shell(sizes, "-t"), play: pixels,
			conmon: "garbage", want: "none",
		},
		{
			name: "attach's end before the exit file", setup: shell("read x <$D/go; exit 3"), play: endBeforeFile,
			conmon: "end first", want: "exit file first",
		},
		{
			name: "link of 107 characters", setup: func() rig.Setup {
				return rig.Setup{Plan: rig.Shell("read x <$D/go"), Without: []string{"--full-attach"}}
			}, play: longLink,
			conmon: "left behind", want: "removed",
		},
	}
}

// slowClient: a client that takes nothing, and more output than queues hold.
func slowClient(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = rig.Fifo("go")
	s.Env = append(s.Env, "UNITMON_ATTACH_WAIT=1")
	r, _ := m.Create(t, s)
	c := r.Client()
	r.Line("go", "x")
	if _, ok := r.EndWithin(m.Hope); !ok {
		c.Close()
		r.End()
		return "does not end before the client reads"
	}
	n := 0
	for _, rec := range r.Joined("log") {
		n += len(strings.TrimPrefix(rec, "stdout F ")) + 1
	}
	return fmt.Sprintf("exit file %s, %d bytes in the log", r.ExitFile(), n)
}

func largePacket(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r, _ := m.Create(t, s)
	c := r.Client()
	c.Widen(1 << 20)
	c.Type(strings.Repeat("x", 40000))
	c.Half()
	c.ToEnd()
	return strings.TrimSpace(string(c.Stdout)) + " bytes arrive"
}

// manyClients: more than the 128 that ours takes.
func manyClients(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	var list []*rig.Client
	for range 140 {
		list = append(list, r.Client())
	}
	r.Line("go", "x")
	served := 0
	for _, c := range list {
		if c.ToEnd(); string(c.Stdout) == "out\n" {
			served++
		}
	}
	return fmt.Sprintf("%d of %d are served", served, len(list))
}

// leakedClients: twenty come, type something, and leave.
func leakedClients(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before = rig.Fifo("go")
	r, _ := m.Create(t, s)
	r.Client().Close()
	_ = r.Client() // the one before has been seen to leave
	before := r.Descriptors()
	for range 20 {
		c := r.Client()
		c.Type("for nobody\n")
		c.Close()
	}
	_ = r.Client()
	return fmt.Sprintf("%d descriptors more", r.Descriptors()-before-1)
}

// ctlFull: what fills conmon's buffer of 200 bytes in two reads.
func ctlFull(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F ready\r")
	c := r.Client()
	r.CtlRead("ctl", strings.Repeat("x", 100))
	r.CtlRead("ctl", strings.Repeat("x", 99))
	if !r.CtlWithin("ctl", "\n", m.Hope) {
		return "ctl is dead"
	}
	r.CtlRead("ctl", "1 24 80\n")
	return resized(m, c)
}

// resized waits for a size of 24 by 80.
func resized(m rig.Monitor, c *rig.Client) string {
	for !strings.Contains(string(c.Stdout), "24 80 ") {
		if eof, ok := c.Packet(m.Hope); eof || !ok {
			return "only the first"
		}
	}
	return "resized"
}

func twoCommands(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F ready\r")
	c := r.Client()
	r.Ctl("ctl", "1 1000 1000\n1 24 80\n")
	return resized(m, c)
}

func pixels(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	r, _ := m.Create(t, s)
	r.AwaitRecord("log", "stdout F ready\r")
	r.Ctl("ctl", "1 3 3\n")
	r.End()
	if log := r.Joined("log"); log[len(log)-1] != "stdout F 3 3 0 0\r" {
		return "garbage"
	}
	return "none"
}

// endBeforeFile holds the monitor while it makes the first of its exit files,
// and looks whether clients have seen the end already.
func endBeforeFile(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	s.Before, s.Without = rig.Fifo("go"), []string{"--persist-dir"}
	r, _ := m.Create(t, s)
	c := r.Client()
	hold := rig.NewHold(t, r.Path("exits"))
	r.Line("go", "x")
	_, _, allow := hold.Wait()
	early := c.Ended()
	allow()
	hold.Release()
	if early {
		return "end first"
	}
	c.ToEnd()
	if r.ExitFile() != "3" {
		return "end, and no exit file"
	}
	return "exit file first"
}

// longLink: the path of the link is 107 characters long. It loses the last of
// them, and that is where CRI-O looks for it.
func longLink(t *testing.T, m rig.Monitor, s rig.Setup) string {
	t.Helper()
	long := ""
	s.Before = func(dir string) {
		rig.Fifo("go")(dir)
		long = filepath.Join(dir, strings.Repeat("s", 107-len(dir)-len("/")-len("/")-len(rig.ID)))
		must(t, os.Mkdir(long, 0o755))
	}
	s.Late = func() []string { return []string{"--socket-dir-path", long} }
	r, _ := m.Create(t, s)
	r.Line("go", "x")
	r.End()
	left, err := os.ReadDir(long)
	must(t, err)
	if len(left) > 0 {
		return "left behind"
	}
	return "removed"
}
