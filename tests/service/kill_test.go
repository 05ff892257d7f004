package service

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

const (
	chunks = 40
	chunk  = 250 // lines
	lines  = chunks * chunk
	kills  = 6
)

// counting writes numbered lines, a chunk whenever it is told to, and tells after
// each.
var counting = fmt.Sprintf(`i=0; exec 3<>/shared/go 4>/shared/said
while [ $i -lt %d ]; do read x <&3; seq $((i*%d+1)) $((i*%d+%d)); i=$((i+1)); echo $i >&4; done; exit 7`,
	chunks, chunk, chunk, chunk)

// TestKilled: the monitor is killed again and again, ready or not, while the
// container writes. The container does not notice; its output is complete, for a
// client that was there before too; its end is known.
func TestKilled(t *testing.T) {
	for _, driver := range []string{"k8s-file", "journald"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			p := newPodman(t, setting{})
			c := create(t, p, "killed", counting, "--log-driver", driver)
			client := kit.Start(t, p.line("start", "--attach", "--sig-proxy=false", c.name)...)
			c.shared.Go(t)
			c.await("1")
			s := c.service()
			killWhile(c, s)
			if r := p.run(t, "exec", c.name, "echo", "still here"); r.Stdout != "still here\n" {
				t.Errorf("podman exec: %+v", r)
			}
			c.shared.Go(t)
			c.await(strconv.Itoa(chunks))
			c.ended(7)
			s.exit(7)
			wantLines(t, "podman logs", c.logs(), map[string]int{"k8s-file": 0, "journald": kills}[driver])
			r := client.Wait()
			// A packet is at most 8192 bytes, and at most 32 may come again.
			wantLines(t, "the client", r.Stdout, kills*32*8192/2)
			if r.Code != 7 || r.Stderr != "" {
				t.Errorf("podman start --attach: code %d: %s", r.Code, r.Stderr)
			}
			if restarts := s.state.NRestarts; restarts > kills {
				t.Errorf("%d restarts in %d kills: a monitor died by itself", restarts, kills)
			}
			c.remove()
		})
	}
}

// killWhile kills the monitor at random chunks but the last. Half the processes
// are killed as soon as they are born.
func killWhile(c *container, s *service) {
	c.t.Helper()
	at := rand.Perm(chunks - 3)[:kills]
	slices.Sort(at)
	for i := 2; i < chunks; i++ {
		c.shared.Go(c.t)
		if slices.Contains(at, i-2) {
			if rand.IntN(2) == 0 {
				s.running()
			}
			s.kill()
		}
		c.await(strconv.Itoa(i))
	}
	s.running()
}

// wantLines checks that numbered lines are complete and that at most twice of
// them come more than once.
func wantLines(t *testing.T, what, text string, twice int) {
	t.Helper()
	found := map[string]int{}
	n := 0
	for line := range strings.Lines(text) {
		found[strings.TrimRight(line, "\r\n")]++
		n++
	}
	for i := range lines {
		if found[strconv.Itoa(i+1)] == 0 {
			t.Errorf("%s: line %d is missing, as may be others; there are %d", what, i+1, n)
			return
		}
	}
	if n-lines > twice {
		t.Errorf("%s: %d lines came again, want at most %d", what, n-lines, twice)
	}
	if n > lines {
		t.Logf("%s: %d lines came again", what, n-lines)
	}
}

// TestExit: a monitor that is not the container's parent any more knows how it
// ended.
func TestExit(t *testing.T) {
	for _, e := range []struct {
		name, engine, script string
		code                 int
		do                   func(*container)
	}{
		{"0", "", "read x </shared/go; echo done", 0, nil},
		{"7", "", "read x </shared/go; echo done; exit 7", 7, nil},
		{"cgroupfs", cgroupfs, "read x </shared/go; echo done; exit 7", 7, nil},
		{"killed", "", "echo done; echo ready >/shared/said; read x </shared/go", 137, func(c *container) {
			c.await("ready")
			c.podman.ok(c.t, "kill", c.name)
		}},
		{"stopped", "", "trap 'exit 3' TERM; echo done; echo ready >/shared/said; while :; do read x </shared/go; done", 3, func(c *container) {
			c.await("ready")
			c.podman.ok(c.t, "stop", c.name)
		}},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, newPodman(t, setting{engine: e.engine}), "exit", e.script)
			s := c.service()
			s.kill()
			s.running()
			if e.do == nil {
				c.shared.Go(t)
			} else {
				e.do(c)
			}
			c.ended(e.code)
			s.exit(e.code)
			if got := c.logs(); got != "done\n" {
				t.Errorf("podman logs says %q", got)
			}
			c.remove()
		})
	}
}
