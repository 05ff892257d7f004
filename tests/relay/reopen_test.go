package relay

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
)

// TestReopened: a log file is renamed by somebody else, who then asks for a new
// one by SIGHUP, while the container writes. What it writes after that is in the
// new file, and every line is in one of the two.
func TestReopened(t *testing.T) {
	const lines, more = 20_000, 20_100
	s := start(t, job{name: "reopened", script: fmt.Sprintf(phases, lines, lines+1, more)})
	s.shared.Go(t)
	s.grown(logSize(lines) / 2)
	old := *s
	old.log = s.log + ".1"
	must(t, os.Rename(s.log, old.log))
	kit.OK(t, "systemctl", "kill", "--signal=HUP", s.relayUnit)
	s.awaitLog()
	s.awaitDone()
	s.shared.Go(t)
	s.end(7)

	n := newNumbers(t, "old file and new")
	old.fileRecords(n.take)
	if n.count == 0 || n.count > lines {
		t.Errorf("%d lines are in the old file, want some of the first %d", n.count, lines)
	}
	s.fileRecords(n.take)
	n.want(more, 0)
}

// awaitLog waits until the log file is there.
func (s *subject) awaitLog() {
	s.t.Helper()
	i, err := sys.NewInotify()
	must(s.t, err)
	defer func() { _ = i.Close() }()
	must(s.t, i.WatchDir(filepath.Dir(s.log)))
	ctx, cancel := s.patience()
	defer cancel()
	for {
		if _, err := os.Stat(s.log); err == nil {
			return
		}
		if err := i.Wait(ctx); err != nil {
			s.t.Fatalf("%s does not come: %v", s.log, err)
		}
	}
}
