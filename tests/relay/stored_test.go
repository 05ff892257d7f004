package relay

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/journal"
)

// piece is what one record of a log holds of a stream.
type piece struct {
	stream  int // 0 stdout, 1 stderr
	text    string
	partial bool // no newline follows
}

// fileRecords calls f with each record of the log file.
func (s *subject) fileRecords(f func(piece)) {
	s.t.Helper()
	file, err := os.Open(s.log)
	must(s.t, err)
	defer func() { _ = file.Close() }()
	r := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return
		}
		must(s.t, err) // also a last record without its end
		part := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if len(part) != 4 || part[1] != "stdout" && part[1] != "stderr" || part[2] != "F" && part[2] != "P" {
			s.t.Fatalf("%s: a damaged record: %.200q", s.log, line)
		}
		p := piece{text: part[3], partial: part[2] == "P"}
		if part[1] == "stderr" {
			p.stream = 1
		}
		f(p)
	}
}

// journalRecords calls f with each of the container's entries in the journal.
func (s *subject) journalRecords(f func(piece)) {
	s.t.Helper()
	cmd := exec.CommandContext(s.ctx, "journalctl", "--quiet", "--all", "--output=export",
		"--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE,CONTAINER_ID_FULL", "SYSLOG_IDENTIFIER="+s.name)
	out, err := cmd.StdoutPipe()
	must(s.t, err)
	must(s.t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill() // after a failure it would not end
		_ = cmd.Wait()
	}()
	nameless := 0
	for d := journal.NewDecoder(bufio.NewReaderSize(out, 1<<20)); ; {
		e, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(s.t, err)
		if e.Get(journal.ContainerIDFull) != s.id {
			nameless++
		}
		p := piece{text: e.Get(journal.Message), partial: e.Get(journal.ContainerPartialMessage) == "true"}
		if e.Get(journal.Priority) == "3" {
			p.stream = 1
		}
		f(p)
	}
	if nameless > 0 {
		s.t.Errorf("%s: %d entries have no CONTAINER_ID_FULL=", s.name, nameless)
	}
}

// numbers checks lines that are numbered from 1, on each stream.
type numbers struct {
	t     *testing.T
	where string
	gaps  bool // lines may be missing
	again int  // bytes of lines that may come once more, after themselves
	next  [2]int
	count int // lines that came, those that came again not counted
	twice int // bytes that came again
	part  [2]string
}

func newNumbers(t *testing.T, where string) *numbers {
	return &numbers{t: t, where: where, next: [2]int{1, 1}}
}

// take takes one record.
func (n *numbers) take(p piece) {
	n.t.Helper()
	i := p.stream
	n.part[i] += p.text
	if p.partial {
		return
	}
	line := n.part[i]
	n.part[i] = ""
	got, err := strconv.Atoi(line)
	if whole, werr := strconv.Atoi(p.text); werr == nil && whole == n.next[i] && got != whole {
		got, err = whole, nil // its beginning was stored before, as a part
		n.twice += len(line) - len(p.text)
	}
	switch {
	case err == nil && got < n.next[i] && n.twice < n.again:
		n.twice += len(line) + 1
	case err != nil || got < n.next[i] || got > n.next[i] && !n.gaps:
		n.t.Fatalf("%s: stream %d: line %.80q where %d is due", n.where, i, line, n.next[i])
	default:
		n.next[i] = got + 1
		n.count++
	}
}

// lines takes whole lines of stdout.
func (n *numbers) lines(text string) {
	n.t.Helper()
	for line := range strings.Lines(text) {
		n.take(piece{text: strings.TrimSuffix(line, "\n")})
	}
}

// want checks that all lines came.
func (n *numbers) want(stdout, stderr int) {
	n.t.Helper()
	n.t.Logf("%s: %d lines, %d bytes came twice", n.where, n.count, n.twice)
	if got := [2]int{n.next[0] - 1, n.next[1] - 1}; got != [2]int{stdout, stderr} || n.part != [2]string{} {
		n.t.Errorf("%s: the last lines are %v, and %q, want %d and %d", n.where, got, n.part, stdout, stderr)
	}
	if n.twice > n.again {
		n.t.Errorf("%s: %d bytes came twice, want at most %d", n.where, n.twice, n.again)
	}
}

// portion is the most of a stream that is on its way to journald at once: it
// comes twice if the relay is killed then.
const portion = 32 << 10

// complete checks that the lines 1 to stdout and 1 to stderr are in the file,
// each once, and in the journal, where each time that the relay was killed may
// have brought a portion of each stream twice.
func (s *subject) complete(stdout, stderr, kills int) {
	s.t.Helper()
	file, entries := newNumbers(s.t, s.name+": file"), newNumbers(s.t, s.name+": journal")
	s.fileRecords(file.take)
	file.want(stdout, stderr)
	entries.again = kills * portion
	if stderr > 0 {
		entries.again *= 2
	}
	s.journalRecords(entries.take)
	entries.want(stdout, stderr)
}

// text is what the records that each gives say of stdout.
func text(each func(func(piece))) string {
	var b strings.Builder
	each(func(p piece) {
		b.WriteString(p.text)
		if !p.partial {
			b.WriteByte('\n')
		}
	})
	return b.String()
}

// once is journalRecords without entries that are the same as the one before,
// which it counts: what goes to journald one by one may come twice so.
func (s *subject) once(twice *int) func(func(piece)) {
	return func(f func(piece)) {
		var last piece
		s.journalRecords(func(p piece) {
			if p == last {
				*twice++
				return
			}
			last = p
			f(p)
		})
	}
}

// seq is what seq(1) writes for the numbers 1 to n.
func seq(n int) string {
	var b bytes.Buffer
	for i := range n {
		b.WriteString(strconv.Itoa(i + 1))
		b.WriteByte('\n')
	}
	return b.String()
}

// logSize is the size of the log file with the numbers 1 to n of one stream:
// each record has 46 bytes beside its text.
func logSize(n int) int64 { return int64(n)*45 + int64(len(seq(n))) }

// wantText compares long texts.
func wantText(t *testing.T, where, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	t.Errorf("%s: %d bytes, want %d; after %d bytes comes %.80q, want %.80q", where, len(got), len(want), at, got[at:], want[at:])
}
