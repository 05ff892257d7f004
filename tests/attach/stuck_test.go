package attach

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/tests/kit"
)

// A container writes a chunk per round. What all rounds write is far more than
// a stuck client's socket and the relay's ring of 1 MiB hold; one chunk is less
// than the ring, so a client that reads is never dropped, however slow the
// machine: no round begins before it has the one before.
const (
	rounds    = 24
	chunkSize = 256 << 10
)

// chunk is what one round writes: lines of 64 bytes.
func chunk() []byte {
	var b bytes.Buffer
	for i := range chunkSize / 64 {
		fmt.Fprintf(&b, "%-63d\n", i)
	}
	return b.Bytes()
}

// show is a container that writes in rounds, and the clients of it that read.
type show struct {
	unitmonCtr
	shared kit.Shared
	log    string // path of its k8s-file
	chunk  []byte
	good   []*client
	round  int
}

// newShow starts the container, which in the end tells how much of its stdin is
// no flood, if it has one.
func newShow(t testing.TB, stdin bool, readers int) *show {
	t.Helper()
	s := &show{shared: kit.Share(t), chunk: chunk(), log: t.TempDir() + "/log"}
	writeFile(t, s.shared.Path("chunk"), s.chunk)
	script := fmt.Sprintf("for i in $(seq %d); do read x </shared/go; cat /shared/chunk; done; read x </shared/go; ", rounds)
	if stdin {
		script += fmt.Sprintf("tr -d %c | wc -c >/shared/strange; ", floodByte)
	}
	s.unitmonCtr = underUnitmon(t, job{
		root: kit.BusyboxRoot(t), shared: s.shared, stdin: stdin, script: script + "exit 9",
		unitmonOption: []string{"--log", "k8s-file:" + s.log},
	}).(unitmonCtr)
	for range readers {
		c := connect(t, s.attach())
		c.expect = s.chunk
		c.read()
		s.good = append(s.good, c)
	}
	return s
}

// play runs n rounds.
func (s *show) play(n int) {
	s.t.Helper()
	for range n {
		s.shared.Go(s.t)
		s.round++
		for _, c := range s.good {
			c.awaitSize(s.round * len(s.chunk))
		}
	}
}

// finish plays what is left and checks everything that clients must not touch:
// the readers' bytes, the exit, the log.
func (s *show) finish() {
	s.t.Helper()
	s.play(rounds - s.round)
	s.shared.Go(s.t)
	if code := s.exit(); code != 9 {
		s.t.Errorf("exit code %d, want 9", code)
	}
	for i, c := range s.good {
		if _, stderr := c.end(); c.n != rounds*len(s.chunk) || stderr != "" {
			s.t.Errorf("reader %d: %s, want %d bytes", i, c.summary(), rounds*len(s.chunk))
		}
	}
	s.checkLog()
}

// checkLog compares the log file with what was written. The format is that of
// the CRI: time, stream, P or F, text.
func (s *show) checkLog() {
	s.t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil {
		s.t.Fatal(err)
	}
	var text strings.Builder
	for line := range strings.Lines(string(data)) {
		f := strings.SplitN(line, " ", 4)
		if len(f) != 4 || f[1] != "stdout" || f[2] != "F" {
			s.t.Fatalf("the log has %q", line)
		}
		text.WriteString(f[3])
	}
	if want := bytes.Repeat(s.chunk, rounds); text.String() != string(want) {
		s.t.Errorf("the log has %d bytes of output, the container wrote %d, or they differ", text.Len(), len(want))
	}
}

// checkDropped reads what a stuck client still gets: the beginning of the
// output without a gap, a notice, the end of file.
func (s *show) checkDropped(c *client) {
	s.t.Helper()
	c.expect = s.chunk
	c.read()
	_, notice := c.end()
	if notice == "" || c.n == 0 || c.n >= s.round*len(s.chunk) {
		s.t.Errorf("a client that did not read got %s, want a beginning of %d bytes and a notice", c.summary(), s.round*len(s.chunk))
	}
}

// checkRelay checks that the relay's own log tells of n dropped clients. It has
// nothing else that names a client: the container does not log to the journal.
func (s *show) checkRelay(n int) {
	s.t.Helper()
	kit.Sync(s.t)
	told := 0
	all := kit.Messages(s.t, "_SYSTEMD_UNIT="+s.relay())
	for _, m := range all {
		if strings.HasPrefix(m, "client ") && strings.Contains(m, "did not read") {
			told++
		}
	}
	if told != n {
		s.t.Errorf("the relay's log has %d lines about dropped clients, want %d: %q", told, n, all)
	}
}

// TestStuck_None is the run without any of them.
func TestStuck_None(t *testing.T) {
	s := newShow(t, true, 1)
	s.play(rounds)
	s.good[0].halfClose()
	s.finish()
	s.checkRelay(0)
}

// TestStuck_NeverReads: one that connects and never reads.
func TestStuck_NeverReads(t *testing.T) {
	s := newShow(t, false, 1)
	stuck := connect(t, s.attach())
	s.play(rounds - 1)
	s.checkDropped(stuck)
	s.finish()
	s.checkRelay(1)
}

// TestStuck_Suspended: one that is stopped while it reads.
func TestStuck_Suspended(t *testing.T) {
	s := newShow(t, false, 1)
	c := s.child("read")
	c.Await(t, "connected\n")
	s.play(2) // the relay need not accept it before it reads the first output
	c.Await(t, "reads\n")
	c.Signal(t, syscall.SIGSTOP)
	s.play(rounds - 3)
	c.Signal(t, syscall.SIGCONT)
	r := c.Wait()
	var n int
	var notice string
	_, told, _ := strings.Cut(r.Stdout, "reads\n")
	if _, err := fmt.Sscanf(told, "stdout %d, stderr %q", &n, &notice); err != nil {
		t.Fatalf("the client said %q: %v", r.Stdout, err)
	}
	if notice == "" || n == 0 || n >= s.round*chunkSize {
		t.Errorf("the client got %d bytes of %d and the notice %q", n, s.round*chunkSize, notice)
	}
	s.finish()
	s.checkRelay(1)
}

// TestStuck_Half: 128 clients, half of which never read.
func TestStuck_Half(t *testing.T) {
	const each = 64
	s := newShow(t, false, each)
	var stuck []*client
	for range each {
		stuck = append(stuck, connect(t, s.attach()))
	}
	s.play(rounds - 1)
	for _, c := range stuck {
		s.checkDropped(c)
	}
	s.finish()
	s.checkRelay(each)
}

// TestStuck_Flood: one that sends without end, to a container that does not
// read its stdin before it has written everything.
func TestStuck_Flood(t *testing.T) {
	s := newShow(t, true, 2)
	flood := make(chan error, 1)
	go func() {
		for packet := bytes.Repeat([]byte{floodByte}, maxInput); ; {
			if _, err := s.good[0].conn.Write(packet); err != nil {
				flood <- err
				return
			}
		}
	}()
	s.play(rounds)
	if err := s.good[0].conn.SetWriteDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := <-flood; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the flood ended with %v, want it to last until it is stopped", err)
	}
	s.good[0].halfClose()
	s.finish()
	s.checkStrange()
	s.checkRelay(0)
}

// TestStuck_KilledWhileSending: clients that are killed in the middle of what
// they send end their input there, and nothing else. The first one's end closes
// stdin, so there is one per container.
func TestStuck_KilledWhileSending(t *testing.T) {
	s := newShow(t, true, 1)
	c := s.child("flood")
	c.Await(t, "sends\n")
	s.play(2)
	c.Signal(t, syscall.SIGKILL)
	c.Wait()
	s.finish()
	s.checkStrange()
}

// child starts a client in a process of its own.
func (s *show) child(verb string) *kit.Program {
	s.t.Helper()
	return childOf(s.t, s.attach(), verb)
}

// childOf starts a client of an attach socket in a process of its own.
func childOf(t testing.TB, path, verb string) *kit.Program {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return kit.Start(t, exe, childVerb, path, verb)
}

// checkStrange checks that the container's stdin had nothing but the flood.
func (s *show) checkStrange() {
	s.t.Helper()
	data, err := os.ReadFile(s.shared.Path("strange"))
	if err != nil || strings.TrimSpace(string(data)) != "0" {
		s.t.Errorf("the container read %q bytes that nobody sent (%v)", data, err)
	}
}
