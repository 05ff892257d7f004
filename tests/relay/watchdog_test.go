package relay

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// TestWatchdog: a relay that hangs is replaced by the manager, and its successor
// goes on where it was.
func TestWatchdog(t *testing.T) {
	const lines = 30_000
	s := start(t, job{name: "hung", script: fmt.Sprintf("read x </shared/go; seq %d; exit 7", lines)})
	s.override("WatchdogSec=1s")
	c := s.attached()
	// One that works is left alone.
	process := s.process()
	<-time.NewTimer(1500 * time.Millisecond).C
	if s.process() != process || s.relay.state.NRestarts != 0 {
		t.Errorf("a relay that works was replaced: %+v", s.relay.state)
	}
	s.shared.Go(t)
	s.grown(logSize(lines) / 3)
	s.hang()
	s.grown(logSize(lines) / 3 * 2)
	s.end(7)
	s.complete(lines, 0, 1)
	c.awaitBytes(len(seq(lines)))
}

// hang makes the relay hang until the manager has noticed and killed it.
func (s *subject) hang() {
	s.t.Helper()
	pid := s.process()
	must(s.t, syscall.Kill(pid, syscall.SIGSTOP))
	s.relay.until("replaced", func(u unit.State) bool { return u.ActiveState == "active" && u.MainPID != pid })
	kit.Sync(s.t)
	const want = "Watchdog timeout"
	said := kit.Messages(s.t, "_PID=1", "UNIT="+s.relayUnit)
	if !strings.Contains(strings.Join(said, "\n"), want) {
		s.t.Errorf("the manager does not speak of a %s: %q", want, said)
	}
}
