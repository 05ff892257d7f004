package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/tests/conmon/rig"
)

// group is a control group whose memory.events is a file of the test's: a tmpfs
// over its directory. Its cgroup.procs was opened before, and whoever writes to
// that is in the group.
type group struct {
	t     *testing.T
	dir   string
	procs *os.File
}

func newGroup(t *testing.T) *group {
	t.Helper()
	dir, err := os.MkdirTemp("/sys/fs/cgroup", "oom-")
	must(t, err)
	t.Cleanup(func() { _ = os.Remove(dir) })
	procs, err := os.OpenFile(filepath.Join(dir, "cgroup.procs"), os.O_WRONLY, 0)
	must(t, err)
	t.Cleanup(func() { _ = procs.Close() })
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, ""))
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	g := &group{t, dir, procs}
	g.events(0, 0)
	return g
}

// events writes the counters, of one digit each. It is one change of the file,
// which is never empty, as the kernel's is not.
func (g *group) events(full, kills int) {
	g.t.Helper()
	text := fmt.Sprintf("low 0\nhigh 0\nmax %d\noom %d\noom_kill %d\noom_group_kill 0\n", full, kills, kills)
	for _, name := range []string{"memory.events.local", "memory.events"} {
		f, err := os.OpenFile(filepath.Join(g.dir, name), os.O_WRONLY|os.O_CREATE, 0o644)
		must(g.t, err)
		_, err = f.WriteString(text)
		must(g.t, err)
		must(g.t, f.Close())
	}
}

// TestOOM: what an engine sees of an OOM kill while the container lives.
func TestOOM(t *testing.T) {
	for _, s := range []struct {
		name         string
		play         func(g *group, r *rig.Run)
		conmon, want string
	}{
		{"one kill", func(g *group, r *rig.Run) {
			r.Client() // the loop has been round
			g.events(0, 1)
		}, unifiedOnly("noted"), "noted"},
		// The engine starts the container as soon as it has the message.
		{"a kill at once", func(g *group, _ *rig.Run) { g.events(0, 1) }, "", "noted"},
		// Any event without a kill ends conmon's watch.
		{"a full group, then a kill", func(g *group, r *rig.Run) {
			r.Client()
			g.events(5, 0)
			r.Client()
			g.events(6, 1)
		}, "not noted", "noted"},
		{"nothing", func(*group, *rig.Run) {}, "not noted", "not noted"},
	} {
		t.Run(s.name, func(t *testing.T) {
			found := monitors(t)
			theirs, ours := oom(t, found[0], s.play, s.want), oom(t, found[1], s.play, s.want)
			if s.conmon != "" && theirs != s.conmon || ours != s.want {
				t.Errorf("want %s of conmon, %s of ours", s.conmon, s.want)
			}
			t.Logf("OOM: %s | conmon: %s | ours: %s", s.name, theirs, ours)
		})
	}
}

// unifiedOnly is for what conmon 2.1.6 sees only where /proc/PID/cgroup has no
// lines of version 1: it takes the first line for the group.
func unifiedOnly(seen string) string {
	data, err := os.ReadFile("/proc/self/cgroup")
	if err != nil || !strings.HasPrefix(string(data), "0::") {
		return "not noted"
	}
	return seen
}

// oom plays a scene and says whether a kill was noted while the container
// lived.
func oom(t *testing.T, m rig.Monitor, play func(*group, *rig.Run), want string) string {
	t.Helper()
	g := newGroup(t)
	p := rig.Shell("read x <$D/go; exit 3")
	p.Group = 6
	r, _ := m.Create(t, rig.Setup{Plan: p, Before: rig.Fifo("go"), Files: []*os.File{g.procs}})
	w := rig.NewCreated(t, r.Bundle, "oom")
	play(g, r)
	if want == "not noted" {
		r.Client() // the loop has been round
		r.Client()
	} else {
		w.Wait(m.Hope)
	}
	_, inBundle := os.Stat(filepath.Join(r.Bundle, "oom"))
	_, inPersist := os.Stat(r.Path("persist/oom"))
	r.Line("go", "x")
	if code := r.End(); code != 3 {
		t.Errorf("%s ends with %d", m.Name, code)
	}
	switch {
	case (inBundle == nil) != (inPersist == nil):
		return "noted in one place only"
	case inBundle == nil:
		return "noted"
	}
	return "not noted"
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
