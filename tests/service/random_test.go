package service

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/box"
	"github.com/unitmon/unitmon/tests/conmon/rig"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// TestEngine_Random: the monitor is killed again and again at random moments of
// its whole life, which is short. Either the engine was told that there is no
// container, or there was one, and its output, its exit and the exit command are
// all there.
func TestEngine_Random(t *testing.T) {
	t.Parallel()
	const lives, kills = 24, 5
	failed, killed := 0, 0
	for i := range lives {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m := rig.Find(box.ProgramDir)[1]
			r := m.Begin(t, rig.Setup{Plan: rig.Shell("seq 1000; seq 1001 2000 >&2; exit 7"), Env: []string{"UNITMON_UNIT=service"}})
			l := &life{Run: r, t: t, id: rig.ID, keeper: pidfd(t, r.Monitor())}
			s := follow(t, serviceName(rig.ID, r.Monitor()))
			l.service = s
			for range kills {
				if !s.killAny(40 * time.Millisecond) {
					break
				}
				killed++
			}
			said := r.Sync.Next()
			must(t, l.keeper.WaitExit(kit.Context(t)))
			if strings.HasPrefix(said, `{"data": -1,`) {
				failed++
				l.wantEnd()
				if got := l.ExitFile(); got != "none" {
					t.Errorf("no container, and its exit file has %q", got)
				}
				return
			}
			l.end(7, !l.alone())
			if got := l.Joined("log"); len(got) != 2000 {
				t.Errorf("the log has %d lines", len(got))
				t.Log(kit.Run(t, "sh", "-c", fmt.Sprintf("journalctl -o short-monotonic | grep -e %s -e conmon; ls -la %s", s.name, l.Dir)).Stdout)
			}
		})
	}
	t.Logf("%d kills, %d containers were not created", killed, failed)
	if killed == 0 || failed == lives {
		t.Error("the test shows nothing")
	}
}

// alone reports whether the service was killed before it had taken over, so that
// the process that the engine knows is the monitor itself.
func (l *life) alone() bool {
	l.t.Helper()
	kit.Sync(l.t)
	for _, text := range kit.Messages(l.t, "SYSLOG_IDENTIFIER=conmon", fmt.Sprintf("_PID=%d", l.Monitor())) {
		if strings.Contains(text, ": not a service: ") {
			l.t.Log(text)
			return true
		}
	}
	return false
}

// killAny kills the process that there is, after a random time, and reports
// whether there was one.
func (s *service) killAny(within time.Duration) bool {
	s.t.Helper()
	pid := 0
	for pid == 0 || pid == s.killed {
		state, err := s.w.Next(s.ctx)
		if errors.Is(err, unit.ErrNotLoaded) {
			s.watch() // not yet, or no more: who looks next is told once more
			return false
		}
		must(s.t, err)
		pid = state.MainPID
	}
	<-time.NewTimer(rand.N(within)).C
	if syscall.Kill(pid, syscall.SIGKILL) != nil {
		return false
	}
	s.killed = pid
	return true
}
