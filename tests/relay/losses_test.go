package relay

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// lostLines is what "unitmon ps" says that a container has lost.
func lostLines(t *testing.T, name string) uint64 {
	t.Helper()
	var list []container.Info
	must(t, json.Unmarshal([]byte(kit.OK(t, "unitmon", "ps", "--all", "--json")), &list))
	for _, c := range list {
		if c.Name == name && c.LostLines != nil {
			return *c.LostLines
		}
	}
	t.Fatalf("ps does not know the lost lines of %s: %+v", name, list)
	return 0
}

// TestLosses: unitmon ps tells the lines that were dropped, as the log file lacks
// them, also when the relay that dropped them was killed.
func TestLosses(t *testing.T) {
	const more, said = wideLines + 10, "; lines lost by the k8s-file log: "
	disk := newSmall(t)
	s := start(t, job{
		name: "losses", log: disk.log,
		script:  strings.Replace(widePhases(wideLines, more), "exit", "read x </shared/go; exit", 1),
		options: []string{"--log-policy", "drop"},
	})
	s.ask("reopen") // the relay is there, and the file
	if n := lostLines(t, s.name); n != 0 {
		t.Errorf("%d lines are lost before anything was", n)
	}
	disk.full()
	s.shared.Go(t)
	s.awaitDone()
	s.says(said)
	disk.free()
	s.shared.Go(t)
	s.hushed(noSpace)
	before := lostLines(t, s.name)

	var killed int
	s.relay.until("running", func(u unit.State) bool { killed = u.MainPID; return killed != 0 })
	s.kill(0)
	s.relay.until("another, which tells the losses", func(u unit.State) bool {
		return u.MainPID != 0 && u.MainPID != killed && strings.Contains(u.StatusText, said)
	})
	if after := lostLines(t, s.name); before == 0 || after != before {
		t.Errorf("%d lines were lost, and %d when the relay was killed", before, after)
	}
	s.shared.Go(t)
	s.end(7)
	file := newNumbers(t, "file")
	file.gaps = true
	s.fileRecords(file.take)
	if lost := uint64(more - file.count); lost != before {
		t.Errorf("ps said %d, the file lacks %d", before, lost)
	}
}
