package relay

import (
	"fmt"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// TestIdle: a relay that has left because nothing moved has kept what its
// successor needs: the output that a client can ask for, and where each log is.
func TestIdle(t *testing.T) {
	const each, times = 1000, 3
	s := start(t, job{
		name: "idle",
		script: fmt.Sprintf("i=0; while read x </shared/go; do seq $((i+1)) $((i+%d)); i=$((i+%d)); [ $i = %d ] && exit 7; done",
			each, each, each*times),
		options: []string{"--relay-idle", "200ms"},
	})
	for i := range times {
		s.shared.Go(t)
		s.grown(logSize((i + 1) * each))
		s.relay.until("gone", func(u unit.State) bool { return u.ActiveState == "inactive" })
		if i == times-1 {
			break
		}
		c := s.ask("attach lines=5")
		want := ""
		for n := (i+1)*each - 4; n <= (i+1)*each; n++ {
			want += fmt.Sprintln(n)
		}
		c.awaitBytes(len(want))
		wantText(t, "replay", c.stdout(), want)
		must(t, c.conn.Close())
	}
	s.end(7)
	s.complete(each*times, 0, 0)
	if n := s.relay.state.NRestarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
}
