package relay

import (
	"fmt"
	"strconv"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// stored is how many descriptors the manager keeps for the relay. What clients
// did before has been dealt with: the relay has finished a turn when it answers
// the second of two requests, and the manager takes notifications before it
// answers.
func (s *subject) stored() int {
	s.t.Helper()
	c := s.ask("reopen")
	c.request("reopen")
	must(s.t, c.conn.Close())
	n, err := strconv.Atoi(kit.Property(s.t, s.relayUnit, "NFileDescriptorStore"))
	must(s.t, err)
	return n
}

// attached is attach, and returns when the relay has taken the client up.
func (s *subject) attached() *client {
	s.t.Helper()
	before := s.stored()
	c := s.attach()
	s.wantStored("with one more client", before+1)
	return c
}

// wantStored checks how many descriptors the manager keeps.
func (s *subject) wantStored(when string, want int) {
	s.t.Helper()
	if got := s.stored(); got != want {
		s.t.Errorf("%s: %d descriptors are stored, want %d", when, got, want)
	}
}

// TestStore_Clients: the manager keeps the connections of clients that are there
// and of no others, over the relay's death as well.
func TestStore_Clients(t *testing.T) {
	const clients = 5
	s := start(t, job{name: "store", script: "while read x </shared/go; do echo $x; done"})
	always := s.stored()
	if always > 6 {
		t.Errorf("%d descriptors are stored: more than the state, a pipe for each stream, and three ways to journald", always)
	}
	for range 2 {
		var list []*client
		for i := range clients {
			if i%2 == 0 {
				list = append(list, s.attach())
			} else {
				list = append(list, s.ask("attach stdin"))
			}
		}
		s.wantStored("with clients", always+clients)
		s.kill(0)
		s.wantStored("after the relay's death", always+clients)
		s.shared.Go(t)
		for _, c := range list {
			c.awaitBytes(len("go\n"))
			must(t, c.conn.Close())
		}
		s.wantStored("when they have gone", always)
	}
	// Those that go while no relay is there.
	c := s.attached()
	s.override("RestartSec=500ms")
	s.kill(0)
	s.relay.until("dead", func(u unit.State) bool { return u.SubState == "auto-restart" })
	must(t, c.conn.Close())
	s.wantStored("of a client that went unseen", always)
}

// TestStore_Restart: a container that is started again leaves nothing of its
// earlier runs in the manager's store.
func TestStore_Restart(t *testing.T) {
	always := 0
	for _, options := range [][]string{nil, {"-i"}, {"-t"}, {"-it"}} {
		name := fmt.Sprint("store-again", append(options, "")[0])
		s := start(t, job{
			name: name, script: "echo up; read x </shared/go; exit 7",
			options: append(options, "--restart", "always", "-p", "RestartSec=1ms"),
		})
		want := always
		switch {
		case options == nil:
			always = s.stored()
			want = always
		default:
			want++ // stdin, or the terminal
		}
		s.wantStored(name+", at first", want)
		c := s.ask("attach lines=9")
		for range 2 {
			main := s.running(0)
			must(t, syscall.Kill(main, syscall.SIGKILL))
			s.running(main)
			s.wantStored(name+", again", want+1)
		}
		must(t, c.conn.Close())
		s.wantStored(name+", without a client", want)
	}
}

// running waits until the container runs with another main process than pid,
// and returns that.
func (s *subject) running(pid int) int {
	s.t.Helper()
	s.unit.until("running", func(u unit.State) bool { return u.ActiveState == "active" && u.MainPID != 0 && u.MainPID != pid })
	return s.unit.state.MainPID
}
