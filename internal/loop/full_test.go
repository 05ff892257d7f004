package loop

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/logfile"
	"github.com/unitmon/unitmon/internal/sys"
)

// This file is about files that take a part of a batch only, and about views that
// are as large as they get.

// TestFile_Fills: of a batch of lines for which there is no room, those are stored
// that fit, whole, and the others are counted.
func TestFile_Fills(t *testing.T) {
	for kind, size := range map[int]int{K8sFile: 45 + 8, JSONFile: len(`{"log":"line 000\n","stream":"stdout","time":""}`) + 1} {
		r := newRig(t)
		path := r.path("log")
		r.conf = func(l *Loop) {
			l.SetJournalOff()
			l.SetFile(0, kind, []byte(path), 0, 1, true)
			l.SetDrop(1 << 16)
		}
		limitFiles(t, 50*size+size/2)
		run := r.start(-1)
		const lines = 10_000
		for i := range lines {
			r.write(0, fmt.Sprintf("line %04d\n", i))
		}
		r.drain()
		run.end()
		log, err := os.ReadFile(path)
		r.must(err)
		stored := bytes.Count(log, []byte("\n"))
		if !bytes.HasSuffix(log, []byte("\n")) || stored < 30 || !bytes.Contains(log, fmt.Appendf(nil, "line %04d", stored-1)) {
			t.Errorf("%d records end with %.99q", stored, log[max(0, len(log)-99):])
		}
		if lost := run.loop.Stats().LostFiles[0]; stored+int(lost) != lines {
			t.Errorf("%d are stored and %d counted as lost, of %d", stored, lost, lines)
		}
	}
}

// limitFiles lets no file of this process get larger than n bytes, RLIMIT_FSIZE:
// a write of more is cut off there.
func limitFiles(t *testing.T, n int) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(n), Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Setrlimit(unix.RLIMIT_FSIZE, &old) })
}

// killedInFirst makes what a process leaves that was killed in the first batch of a
// file: the lines in the FIFO, part bytes of their records, the note. It returns
// the records.
func (r *rig) killedInFirst(path string, lines []string, part int) []byte {
	r.t.Helper()
	r.start(-1).end() // makes the state and the file
	const sec = 1795249162
	var stamp logfile.Stamp
	stamp.Set(sec, 0, 0)
	var records []byte
	used := 0
	for _, line := range lines {
		dst := make([]byte, 100)
		records = append(records, dst[:logfile.K8s(dst, &stamp, 0, []byte(line), false)]...)
		used += len(line) + 1
		r.write(0, line+"\n")
	}
	r.must(os.WriteFile(path, records[:part], 0o600))
	r.state.files[0] = fileState{busy: true, used: uint32(used), sec: sec}
	return records
}

// TestSetFileLimit_Killed: what a file had when its first batch was interrupted is
// not counted twice.
func TestSetFileLimit_Killed(t *testing.T) {
	for _, part := range []int{0, 20, 700, 1060} {
		r := newRig(t)
		path := r.path("log")
		const limit = 1500
		r.conf = func(l *Loop) {
			l.SetJournalOff()
			l.SetFile(0, K8sFile, []byte(path), 0, 1, true)
			l.SetFileLimit(0, limit)
		}
		lines := make([]string, 20)
		for i := range lines {
			lines[i] = fmt.Sprintf("line %02d", i)
		}
		records := r.killedInFirst(path, lines, part)
		run := r.start(-1)
		for range 20 {
			r.write(0, "more 00\n")
		}
		r.drain()
		run.end()
		log, err := os.ReadFile(path)
		r.must(err)
		if n := bytes.Count(log, []byte("line ")); !bytes.HasPrefix(log, records) || n != 20 || len(log) < limit || len(log) > limit+53 {
			t.Errorf("%d bytes were there: %d bytes, %d of 20 lines", part, len(log), n)
		}
	}
}

// TestFile_KilledAndDropped: a piece of a record goes when the record is lost.
func TestFile_KilledAndDropped(t *testing.T) {
	r := newRig(t)
	r.must(os.Mkdir(r.path("sub"), 0o700))
	path := r.path("sub/log")
	r.conf = func(l *Loop) {
		l.SetJournalOff()
		l.SetFile(0, K8sFile, []byte(path), 0, 1, true)
		l.SetDrop(1 << 16)
	}
	r.killedInFirst(path, []string{"one"}, 40)
	r.must(os.Rename(r.path("sub"), r.path("away")))
	r.write(0, strings.Repeat(strings.Repeat("y", 63)+"\n", 700))
	run := r.start(-1)
	r.drain()
	run.end()
	r.must(os.Rename(r.path("away"), r.path("sub")))
	run = r.start(-1)
	r.write(0, "two\n")
	r.drain()
	run.end()
	if got := fmt.Sprint(texts(t, path)); got != "[two]" {
		t.Errorf("the file has %s", got)
	}
}

// TestFile_FIFO: what cannot be taken back of a batch stays, and the rest follows.
func TestFile_FIFO(t *testing.T) {
	r := newRig(t)
	path := r.path("log")
	r.must(syscall.Mkfifo(path, 0o600))
	in, err := os.OpenFile(path, os.O_RDWR, 0)
	r.must(err)
	defer func() { _ = in.Close() }()
	r.withFile(path, 0, 1)
	run := r.start(-1)
	const lines = 10_000
	written := make(chan error, 1)
	go func() {
		for i := range lines {
			if _, err := fmt.Fprintf(r.fifos[0], "line %06d\n", i); err != nil {
				written <- err
				return
			}
		}
		written <- nil
	}()
	b := bufio.NewReader(in)
	for i := range lines {
		r.must(in.SetReadDeadline(time.Now().Add(patience)))
		s, err := b.ReadString('\n')
		r.must(err)
		if want := fmt.Sprintf(" stdout F line %06d\n", i); len(s) != 35+len(want) || !strings.HasSuffix(s, want) {
			t.Fatalf("record %d is %q", i, s)
		}
	}
	r.must(<-written)
	run.end()
}

// TestPipe_FullAndClients: all that one look shows goes to clients that read.
func TestPipe_FullAndClients(t *testing.T) {
	for _, verb := range []string{"follow", "attach"} {
		t.Run(verb, func(t *testing.T) {
			r := newRig(t)
			r.withFile("/dev/null", 0, 1)
			r.must(sys.SetPipeSize(r.fifos[0], widePipe))
			run := r.start(-1)
			c := r.ask(verb)
			r.answer(c)
			text := strings.Repeat(strings.Repeat("x", 63)+"\n", widePipe/64)
			r.write(0, text) // at once: the kernel lets nobody look meanwhile
			if got := r.read(c, PacketStdout, len(text)); got != text {
				t.Errorf("got %d bytes", len(got))
			}
			run.end()
			if rs := &r.state.ring; !rs.sound(r.state) {
				t.Errorf("the ring is not sound: %+v", *rs)
			}
		})
	}
}

// TestRing_TakesAFullView, whatever it has.
func TestRing_TakesAFullView(t *testing.T) {
	for _, size := range []int{100, 1000, 5000, 8192} {
		l := new(Loop)
		l.SetState(newState(t))
		l.readers = 1
		s, st := &l.streams[0], &l.state.streams[0]
		s.held = int32(size)
		for n := 0; n < 3<<20; n += size {
			l.copyOut(0, s.buf[:size])
		}
		s.base, s.held = 0, bufSize
		st.head, st.target = st.ring, st.ring
		if !l.show(0) || !l.state.ring.sound(l.state) {
			t.Errorf("pieces of %d: tail %d, write %d", size, l.state.ring.tail, l.state.ring.write)
		}
	}
}

// TestPipe_LeftAtTheEnd: a client that does not read meanwhile gets all that is
// left when the container is gone.
func TestPipe_LeftAtTheEnd(t *testing.T) {
	for streams := 1; streams <= 2; streams++ {
		r := newRig(t)
		r.withFile("/dev/null", 0, 1)
		for i := range streams {
			r.must(sys.SetPipeSize(r.fifos[i], widePipe)) // as in a busy while
		}
		run := r.start(-1)
		c := r.ask("follow")
		r.answer(c)
		left := 0
		for i := range streams {
			left += r.writeUntilFull(i)
		}
		r.drain()
		run.end() // waits for clients that are behind, for a while
		for buf := make([]byte, 1<<16); left > 0; {
			r.must(c.SetReadDeadline(time.Now().Add(patience)))
			n, err := c.Read(buf)
			if err != nil || n == 0 || buf[0] == Notice {
				t.Fatalf("%d streams: %d bytes are missing: %v", streams, left, err)
			}
			left -= n - 1
		}
	}
}

// writeUntilFull writes until nothing takes any more for a while, and returns how
// much was.
func (r *rig) writeUntilFull(stream int) (total int) {
	r.t.Helper()
	block := bytes.Repeat([]byte(strings.Repeat("x", 63)+"\n"), 1024)
	for {
		r.must(r.fifos[stream].SetWriteDeadline(time.Now().Add(300 * time.Millisecond)))
		n, err := r.fifos[stream].Write(block)
		if total += n; err != nil {
			return total
		}
	}
}
