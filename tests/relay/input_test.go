package relay

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/unit"
)

// TestInput_Killed: what a client types while the relay is dead, or about to be,
// arrives, once, and its connection lives on.
func TestInput_Killed(t *testing.T) {
	const times, each = 10, 3
	s := start(t, job{name: "typed", script: "tee /shared/copy; exit 7", options: []string{"-i"}})
	c := s.attach()
	for i := range times {
		last := ""
		for n := range each {
			last = fmt.Sprintln(i*each + n + 1)
			c.send(last)
		}
		// Only what the client has seen does the relay not still have at hand.
		c.await("echo", func() bool { return strings.HasSuffix(c.out[0].String(), "\n"+last) })
		s.kill(0)
	}
	c.wantConnected(t)
	must(t, c.conn.CloseWrite())
	s.end(7)
	got, err := os.ReadFile(s.shared.Path("copy"))
	must(t, err)
	wantText(t, "the container's input", string(got), seq(times*each))
	wantText(t, "file", text(s.fileRecords), seq(times*each))
	// The client is sent again what was on its way to it.
	seen := newNumbers(t, "client")
	seen.again = times * fifo
	seen.lines(c.stdout())
	seen.want(times*each, 0)
}

// TestInput_Flood: the same while a client types without a break: nothing is
// lost; at most one packet comes twice for each time that the relay is killed.
func TestInput_Flood(t *testing.T) {
	const kills, packet = 8, 3000
	s := start(t, job{name: "flood", script: "exec cat >/shared/copy", options: []string{"-i", "--log-no-sync"}})
	c := s.attach()
	enough := make(chan struct{})
	typed := make(chan int, 1)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-enough:
				typed <- n
				return
			default:
			}
			if _, err := fmt.Fprintf(c.conn, "%0*d\n", rand.IntN(packet)+10, n+1); err != nil {
				typed <- -1
				return
			}
		}
	}()
	for range kills {
		s.kill(shortly)
	}
	s.relay.until("ready", func(u unit.State) bool { return u.ActiveState == "active" && u.MainPID != s.killed })
	close(enough)
	n := <-typed
	must(t, c.conn.CloseWrite())
	s.end(0)
	got, err := os.ReadFile(s.shared.Path("copy"))
	must(t, err)
	lines := newNumbers(t, "the container's input")
	lines.again = kills * (packet + 10)
	lines.lines(string(got))
	lines.want(n, 0)
}
