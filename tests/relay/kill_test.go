package relay

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// TestKilled: the relay is killed again and again while a container writes to
// both outputs: every line is in the file, once, and in the journal, where what
// was on its way at a kill may come twice.
func TestKilled(t *testing.T) {
	lines, kills := knob(t, "UNITMON_LINES", 120_000)/2, killCount(t)
	roomyJournal(t)
	s := start(t, job{name: "killed", script: fmt.Sprintf("seq %d & seq %d >&2; wait; exit 7", lines, lines)})
	s.killDuring(kills, 2*logSize(lines))
	s.end(7)
	s.relay.until("restarted", func(u unit.State) bool { return u.NRestarts >= kills })
	s.complete(lines, lines, kills)
}

func killCount(t *testing.T) int {
	t.Helper()
	return knob(t, "UNITMON_KILLS", 16)
}

// roomyJournal makes the journal hold millions of entries: about 800 bytes each.
func roomyJournal(t *testing.T) {
	t.Helper()
	const path = "/etc/systemd/journald.conf.d/roomy.conf"
	must(t, os.WriteFile(path, []byte("[Journal]\nRuntimeMaxUse=9G\n"), 0o644))
	kit.OK(t, "systemctl", "restart", "systemd-journald")
}

// drawing is a script that writes numbered lines to a terminal, pieces without
// a newline, and what moves a cursor.
const drawing = `i=0; while [ $i -lt %d ]; do i=$((i+1)); echo "line $i"
	case $i in *7) printf "piece %%d " $i;; *9) printf '\033[%%d;1H' $((i%%24));; esac
done; exit 7`

// drawn is what comes of it: the terminal makes CR LF of a newline.
func drawn(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "line %d\r\n", i)
		switch i % 10 {
		case 7:
			fmt.Fprintf(&b, "piece %d ", i)
		case 9:
			fmt.Fprintf(&b, "\x1b[%d;1H", i%24)
		}
	}
	return b.String()
}

// TestKilled_Terminal: the same while a program draws on a terminal.
func TestKilled_Terminal(t *testing.T) {
	const lines = 40_000
	kills := killCount(t)
	s := start(t, job{name: "killed-tty", script: fmt.Sprintf(drawing, lines), options: []string{"-t"}})
	want := drawn(lines)
	s.killDuring(kills, int64(len(want))+45*lines)
	s.end(7)
	wantText(t, "file", text(s.fileRecords), want)
	twice := 0
	wantText(t, "journal", text(s.once(&twice)), want)
	t.Logf("%d entries came twice into the journal", twice)
	if twice > kills {
		t.Errorf("%d entries came twice into the journal in %d kills", twice, kills)
	}
}

// TestKilled_End: a container ends while its relay is dead. Its last output and
// its exit are stored when the next relay comes.
func TestKilled_End(t *testing.T) {
	const lines = 10_000 // less than a FIFO holds
	s := start(t, job{
		name:   "killed-end",
		script: fmt.Sprintf("echo 1; read x </shared/go; seq 2 %d; exit 7", lines),
	})
	s.grown(1)
	s.override("RestartSec=2s")
	s.kill(0)
	s.relay.until("dead", func(u unit.State) bool { return u.SubState == "auto-restart" })
	s.shared.Go(t)
	s.unit.until("without its main process", func(u unit.State) bool { return u.MainPID == 0 })
	if got := kit.Property(t, s.relayUnit, "MainPID"); got != "0" {
		t.Errorf("the relay is alive: %s: the test shows nothing", got)
	}
	s.end(7)
	s.complete(lines, 0, 1)
}

// TestKilled_Ends: the relay is killed again and again around a container's end.
func TestKilled_Ends(t *testing.T) {
	const lines, times, kills = 10_000, 2, 4
	for i := range times {
		s := start(t, job{name: fmt.Sprint("killed-ends-", i), script: fmt.Sprintf("seq %d; seq %d >&2; exit 7", lines, lines)})
		for range kills {
			s.kill(shortly)
		}
		s.end(7)
		s.complete(lines, lines, kills)
	}
}
