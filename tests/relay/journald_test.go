package relay

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/journal"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// stopJournald stops journald as if it hung. It goes on when resume is called.
func stopJournald(t *testing.T) (resume func()) {
	t.Helper()
	pid := kit.MainPID(t, "systemd-journald.service")
	must(t, syscall.Kill(pid, syscall.SIGSTOP))
	resume = func() { must(t, syscall.Kill(pid, syscall.SIGCONT)) }
	t.Cleanup(resume)
	return resume
}

// says waits until the relay's STATUS= has text.
func (s *subject) says(text string) {
	s.t.Helper()
	s.relay.until("saying "+text, func(u unit.State) bool { return strings.Contains(u.StatusText, text) })
}

// hushed waits until it has not.
func (s *subject) hushed(text string) {
	s.t.Helper()
	s.relay.until("silent about "+text, func(u unit.State) bool { return !strings.Contains(u.StatusText, text) })
}

// phases is a script that counts to n, tells the test, counts on to more when
// it may, and ends.
const phases = "read x </shared/go; seq %d; echo >/shared/done; read x </shared/go; seq %d %d; exit 7"

const noJournal = "the journal takes nothing: no room"

// TestJournald_Block: while journald takes nothing the container waits; nothing
// is lost, and nothing comes twice though the relay is killed meanwhile.
func TestJournald_Block(t *testing.T) {
	const lines, more, kills = 30_000, 30_100, 2
	s := start(t, job{name: "block", script: fmt.Sprintf(phases, lines, lines+1, more)})
	resume := stopJournald(t)
	s.shared.Go(t)
	s.says(noJournal)
	for range kills {
		s.kill(shortly)
	}
	s.says(noJournal)
	pause(t, "the container was not held back", s.done)
	resume()
	s.awaitDone()
	s.hushed(noJournal)
	s.shared.Go(t)
	s.end(7)
	s.complete(more, 0, kills)
}

// TestJournald_Drop: with that policy the container does not wait, the file has
// everything, and what the journal has not is counted, in it and in STATUS=.
func TestJournald_Drop(t *testing.T) {
	const lines, more = 60_000, 60_100
	s := start(t, job{
		name: "drop", script: fmt.Sprintf(phases, lines, lines+1, more),
		options: []string{"--log-policy", "drop", "--log-queue", "64K"},
	})
	resume := stopJournald(t)
	s.shared.Go(t)
	s.awaitDone()
	s.says(noJournal)
	s.says("lines lost by the journal: ")
	pause(t, "", nil)
	resume()
	// What waits is stored first, then the loss at its place.
	follow := exec.CommandContext(s.ctx, "journalctl", "--follow", "SYSLOG_IDENTIFIER=unitmon-relay")
	kit.Until(t, follow, func() bool { return s.lost() > 0 })
	s.hushed(noJournal)
	s.shared.Go(t)
	s.end(7)

	file, entries := newNumbers(t, "file"), newNumbers(t, "journal")
	s.fileRecords(file.take)
	file.want(more, 0)
	entries.gaps = true
	s.journalRecords(entries.take)
	entries.want(more, 0)
	lost := s.lost()
	if entries.count+lost != more {
		t.Errorf("%d lines are stored, %d are said to be lost, %d were written", entries.count, lost, more)
	}
	s.says(fmt.Sprintf("lines lost by the journal: %d", lost))
}

// lost is how many lines are lost, by the relay's own entries in the journal.
func (s *subject) lost() int {
	s.t.Helper()
	total := 0
	for _, e := range kit.Entries(s.t, "-u", s.relayUnit, "SYSLOG_IDENTIFIER=unitmon-relay") {
		number, found := strings.CutSuffix(e.Get(journal.Message), " lines of the container's output were lost: journald did not take them in time")
		if n, err := strconv.Atoi(number); found && err == nil {
			total += n
		}
	}
	return total
}

// TestJournald_Order: lines stay in their order, though those before the relay's
// death and those after it may go to journald by different ways, and journald
// reads none of them until then.
func TestJournald_Order(t *testing.T) {
	const few, lines = 5, 20_000
	s := start(t, job{name: "order", script: fmt.Sprintf("read x </shared/go; seq %d; read x </shared/go; seq %d %d; exit 7", few, few+1, lines)})
	s.stored() // the relay is there
	resume := stopJournald(t)
	s.shared.Go(t)
	s.grown(logSize(few))
	s.stored() // a turn of the loop is over: they are sent
	s.kill(0)
	s.shared.Go(t)
	s.grown(logSize(few) + 1)
	s.stored()
	resume()
	s.end(7)
	s.complete(lines, 0, 1)
}
