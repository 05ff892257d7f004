package relay

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// counting starts a container that counts to n, with an attach client that is
// there from the first line on.
func counting(t *testing.T, j job, n int) (*subject, *client) {
	t.Helper()
	j.script = fmt.Sprintf("read x </shared/go; seq %d; exit 7", n)
	s := start(t, j)
	c := s.attached()
	s.shared.Go(t)
	return s, c
}

// countedTo checks that nothing is lost or comes twice, for the client neither.
func (s *subject) countedTo(n int, c *client) {
	s.t.Helper()
	c.awaitBytes(len(seq(n)))
	s.end(7)
	s.complete(n, 0, 0)
	wantText(s.t, "client", c.stdout(), seq(n))
}

// TestUpgrade: the relay is replaced by a new program, again and again, while
// the container writes: nothing is lost, nothing comes twice, and a client sees
// all of it.
func TestUpgrade(t *testing.T) {
	const lines, times = 30_000, 20
	programs := t.TempDir()
	for _, name := range []string{"unitmon", "unitmon-relay"} {
		replaceProgram(t, filepath.Join(programs, name))
	}
	relay := filepath.Join(programs, "unitmon-relay")
	s, c := counting(t, job{name: "upgrade", program: filepath.Join(programs, "unitmon")}, lines)
	for i := range times {
		s.grown(logSize(lines) * int64(i+1) / (times + 1))
		replaceProgram(t, relay)
		if r := s.control("restart"); r.Code != 0 {
			t.Errorf("restart: %+v", r)
		}
		s.wantProgram(relay)
	}
	s.countedTo(lines, c)
}

// replaceProgram puts a new copy of the box's program of that name in its place.
func replaceProgram(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(box.ProgramDir, filepath.Base(path)))
	must(t, err)
	must(t, os.WriteFile(path+".new", data, 0o755))
	must(t, os.Rename(path+".new", path))
}

// wantProgram checks that the relay runs the file that is at path now.
func (s *subject) wantProgram(path string) {
	s.t.Helper()
	running, err := os.Stat(fmt.Sprintf("/proc/%d/exe", kit.MainPID(s.t, s.relayUnit)))
	must(s.t, err)
	file, err := os.Stat(path)
	must(s.t, err)
	if !os.SameFile(running, file) {
		s.t.Error("the relay runs the program that was replaced")
	}
}

// TestManagerReloads: what happens to the manager itself does not reach a relay.
func TestManagerReloads(t *testing.T) {
	const lines, times = 25_000, 5
	for _, verb := range []string{"daemon-reload", "daemon-reexec"} {
		t.Run(verb, func(t *testing.T) {
			s, c := counting(t, job{name: verb}, lines)
			for i := range times {
				s.grown(logSize(lines) * int64(i+1) / (times + 1))
				kit.OK(t, "systemctl", verb)
			}
			s.countedTo(lines, c)
		})
	}
}

// TestStopped: a relay that is stopped comes back with the next output and goes
// on where it was.
func TestStopped(t *testing.T) {
	const lines, times = 30_000, 6
	s := start(t, job{name: "stopped", script: fmt.Sprintf("seq %d; exit 7", lines)})
	for i := range times {
		s.grown(logSize(lines) * int64(i+1) / (times + 1))
		s.control("stop") // the next output may cancel it
	}
	s.end(7)
	s.complete(lines, 0, 0)
}

// TestStopped_Dead: one that is stopped while it is dead leaves nothing to its
// successor, for the manager then empties its store: what is in the FIFO comes
// again. Nothing is lost.
func TestStopped_Dead(t *testing.T) {
	const lines, times = 30_000, 2
	s := start(t, job{name: "stopped-dead", script: fmt.Sprintf("seq %d; exit 7", lines)})
	s.override("RestartSec=10s")
	for i := range times {
		s.grown(logSize(lines) * int64(i+1) / (times + 1))
		s.kill(shortly)
		s.relay.until("dead", func(u unit.State) bool { return u.SubState == "auto-restart" })
		s.control("stop")
	}
	s.end(7)
	for where, each := range map[string]func(func(piece)){"file": s.fileRecords, "journal": s.journalRecords} {
		n := newNumbers(t, where)
		n.again = times * fifo
		each(n.take)
		n.want(lines, 0)
	}
}
