package loop

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

// withFile makes the rig's loop write a log file and nothing to the journal.
func (r *rig) withFile(path string, max int64, count int) {
	old := r.conf
	r.conf = func(l *Loop) {
		old(l)
		l.SetJournalOff()
		l.SetFile(0, K8sFile, []byte(path), max, count, false)
	}
}

func (r *rig) drain() {
	r.t.Helper()
	if a := r.answer(r.ask("drain")); a != AnswerOK {
		r.t.Fatalf("drain: answer %q", a)
	}
}

// texts are the texts of the records in a k8s-file log, joined to lines.
func texts(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	part := ""
	for record := range strings.Lines(string(data)) {
		f := strings.SplitN(strings.TrimSuffix(record, "\n"), " ", 4)
		part += f[3]
		if f[2] == "F" {
			lines = append(lines, part)
			part = ""
		}
	}
	if part != "" {
		lines = append(lines, part+" (unfinished)")
	}
	return lines
}

func TestFile_Mode(t *testing.T) {
	r := newRig(t)
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	path := r.path("log")
	r.withFile(path, 0, 1)
	run := r.start(-1)
	r.write(0, "a\nb")
	r.drain()
	run.end()
	fi, err := os.Stat(path)
	r.must(err)
	if fi.Mode().Perm() != 0o640 {
		t.Errorf("mode %o", fi.Mode().Perm())
	}
	if got := fmt.Sprint(texts(t, path)); got != "[a b (unfinished)]" {
		t.Errorf("got %s", got)
	}
}

// TestFile_Rotation: nothing is lost or split over the files, and there are no
// more of them than asked for.
func TestFile_Rotation(t *testing.T) {
	r := newRig(t)
	path := r.path("log")
	r.withFile(path, 20_000, 12)
	run := r.start(-1)
	const lines = 3000
	for i := range lines {
		r.write(0, fmt.Sprintln(i))
	}
	r.write(0, strings.Repeat("y", 30_000)+"\n") // too much for any file
	r.drain()
	run.end()
	next := 0
	for n := 11; n >= 0; n-- {
		name := path
		if n > 0 {
			name += "." + strconv.Itoa(n)
		}
		fi, err := os.Stat(name)
		if err != nil {
			continue
		}
		got := texts(t, name)
		if fi.Size() > 20_000 && len(got) > 1 {
			t.Errorf("%s has %d bytes", name, fi.Size())
		}
		for _, line := range got {
			want := strconv.Itoa(next)
			if next == lines {
				want = strings.Repeat("y", 30_000)
			}
			if line != want {
				t.Fatalf("%s: got %.40q, want %.40q", name, line, want)
			}
			next++
		}
	}
	if next != lines+1 {
		t.Errorf("%d lines, want %d", next, lines+1)
	}
}

// TestFile_KeepsCount: of many files only so many stay, the newest.
func TestFile_KeepsCount(t *testing.T) {
	for count := 1; count <= 3; count++ {
		r := newRig(t)
		path := r.path("log")
		r.withFile(path, 1000, count)
		run := r.start(-1)
		for i := range 500 {
			r.write(0, fmt.Sprintln(i))
		}
		r.drain()
		run.end()
		found, err := os.ReadDir(r.dir)
		r.must(err)
		logs := 0
		for _, e := range found {
			if strings.HasPrefix(e.Name(), "log") {
				logs++
			}
		}
		if logs != count {
			t.Errorf("%d log files, want %d: %v", logs, count, found)
		}
		if got := texts(t, path); got[len(got)-1] != "499" {
			t.Errorf("the last line is %q", got[len(got)-1])
		}
	}
}

// TestFile_Reopen: what comes after an outside rotation goes to a new file.
func TestFile_Reopen(t *testing.T) {
	r := newRig(t)
	path := r.path("log")
	r.withFile(path, 0, 1)
	run := r.start(-1)
	r.write(0, "one\n")
	r.until(0, 4)
	r.must(os.Rename(path, path+".old"))
	if a := r.answer(r.ask("reopen")); a != AnswerOK {
		t.Fatalf("answer %q", a)
	}
	r.write(0, "two\n")
	r.drain()
	run.end()
	if old, fresh := texts(t, path+".old"), texts(t, path); fmt.Sprint(old, fresh) != "[one] [two]" {
		t.Errorf("got %q and %q", old, fresh)
	}
}

// TestFile_ComesBack: a log whose directory is not there holds the container
// back, but not the clients; when the directory is there nothing is missing.
func TestFile_ComesBack(t *testing.T) {
	r := newRig(t)
	path := r.path("sub/log")
	r.withFile(path, 0, 1)
	run := r.start(-1)
	c := r.ask("follow")
	r.answer(c)
	r.write(0, "one\n")
	r.read(c, PacketStdout, 4)
	r.write(0, "two\n")
	r.read(c, PacketStdout, 4)
	r.must(os.Mkdir(r.path("sub"), 0o755))
	r.drain()
	run.end()
	if got := fmt.Sprint(texts(t, path)); got != "[one two]" {
		t.Errorf("got %s", got)
	}
}

// TestFile_Full: a device without room; lines are lost and counted, if that is
// the policy, and the container goes on.
func TestFile_Full(t *testing.T) {
	r := newRig(t)
	r.withFile("/dev/full", 0, 1)
	old := r.conf
	r.conf = func(l *Loop) { old(l); l.SetDrop(1 << 16) }
	run := r.start(-1)
	const lines = 20_000
	for i := range lines {
		r.write(0, fmt.Sprintf("%040d\n", i))
	}
	r.drain()
	run.end()
	if got := run.loop.Stats().LostFiles[0]; got != lines {
		t.Errorf("%d lines are counted as lost, want %d", got, lines)
	}
}

// TestJournal_Drop: lines that a stuck journald does not take are lost when the
// queue is full; what is stored and what is counted is all that was written.
func TestJournal_Drop(t *testing.T) {
	r := newRig(t)
	r.conf = func(l *Loop) { l.SetDrop(20_000) }
	run := r.start(-1)
	const lines = 50_000
	for i := range lines {
		r.write(0, fmt.Sprintln(i)) // nobody reads the journal
	}
	r.until(0, ReplaySize/2)
	stored, lost, last := 0, 0, -1
	for stored+lost < lines {
		_, msg, _ := r.entry()
		if n, rest, ok := strings.Cut(msg, " lines of the container's output were lost"); ok && rest != "" {
			k, err := strconv.Atoi(n)
			r.must(err)
			lost += k
			last += k
			continue
		}
		n, err := strconv.Atoi(msg)
		r.must(err)
		if n != last+1 {
			t.Fatalf("line %d after %d", n, last)
		}
		last = n
		stored++
	}
	run.end()
	if lost == 0 || uint64(lost) != run.loop.Stats().LostJournal || stored+lost != lines {
		t.Errorf("%d stored, %d lost, counted %d", stored, lost, run.loop.Stats().LostJournal)
	}
}

// TestJournal_DropDoesNotHoldUpTheEnd: with a journald that takes nothing.
func TestJournal_DropDoesNotHoldUpTheEnd(t *testing.T) {
	r := newRig(t)
	r.conf = func(l *Loop) { l.SetDrop(1 << 20) }
	r.fillJournal()
	run := r.start(-1)
	for i := range 1000 {
		r.write(0, fmt.Sprintln(i))
	}
	r.drain()
	run.end()
	if got := run.loop.Stats(); got.LostJournal+got.Lines != 1000 {
		t.Errorf("%+v", got)
	}
}

// TestState_LeavesAndComesBack: what a loop that leaves has kept, the next one
// has: the ring, and how far the sinks are.
func TestState_LeavesAndComesBack(t *testing.T) {
	r := newRig(t)
	go r.discard()
	r.write(0, "one\ntwo\n")
	run := r.start(1)
	if why := <-run.done; why != Idle {
		t.Fatalf("ended with %d", why)
	}
	a, b := r.state.Window()
	window := append(append([]byte{}, a...), b...)
	fixed := append([]byte{}, r.state.Fixed()...)
	r.state = newState(t)
	if r.state.Restore(fixed[:10], window) || r.state.Restore(fixed, window[:len(window)/2]) {
		t.Error("what is damaged was taken")
	}
	if !r.state.Restore(fixed, window) {
		t.Fatal("the state was not taken")
	}
	run = r.start(-1)
	r.write(0, "three\n")
	r.until(0, 14)
	c := r.ask("attach lines=2")
	r.answer(c)
	if got := r.read(c, PacketStdout, 10); got != "two\nthree\n" {
		t.Errorf("got %q", got)
	}
	run.end()
	if got := run.loop.Stats().Bytes; got != 14 {
		t.Errorf("%d bytes since the beginning, want 14", got)
	}
}

// TestState_OfAnotherVersion is taken for none.
func TestState_OfAnotherVersion(t *testing.T) {
	st := newState(t)
	l := new(Loop)
	if l.SetState(st) {
		t.Error("zeros were taken for a state")
	}
	if !l.SetState(st) {
		t.Error("a new state was not taken up")
	}
	st.streams[0].head, st.magic = 5, st.magic+1
	if l.SetState(st) || st.streams[0].head != 0 {
		t.Error("another version was taken")
	}
	st.ring.write = 1
	if l.SetState(st) {
		t.Error("a ring that cannot be walked was taken")
	}
}

// TestConsume_Interrupted: a process finds that the one before was killed while
// bytes were on their way out.
func TestConsume_Interrupted(t *testing.T) {
	for _, moved := range []int{0, 3, 8} {
		r := newRig(t)
		r.start(-1).end() // makes the state
		r.write(0, "one\ntwo\nthree\n")
		st := &r.state.streams[0]
		st.target, st.journal, st.ring = 8, 8, 8
		r.splice(moved)
		run := r.start(-1)
		if _, msg, _ := r.entry(); msg != "three" {
			t.Errorf("after %d bytes: got %q", moved, msg)
		}
		run.end()
		if n, err := sys.FIFOPending(r.path("fifo0")); n != 0 || err != nil {
			t.Errorf("%d bytes are left (%v)", n, err)
		}
	}
}

// splice moves n bytes of the first FIFO to its stash.
func (r *rig) splice(n int) {
	r.t.Helper()
	if n == 0 {
		return
	}
	from, to := r.dup(r.fifos[0]), r.dup(r.stash[0])
	k, err := syscall.Splice(from, nil, to, nil, n, 0)
	if err != nil || k != int64(n) {
		r.t.Fatal(k, err)
	}
}

// TestCalm: of lines that come one by one not each wakes the loop, and of many
// none waits.
func TestCalm(t *testing.T) {
	l := new(Loop)
	l.SetState(newState(t))
	for _, c := range []struct {
		bytes, delay, want int64
	}{
		{100, 0, calmMin},
		{100, 800, 1600},
		{100, calmMax, calmMax},
		{10 << 10, 800, 800},
		{20 << 10, 800, 400},
		{40 << 10, 800, 200},
		{60 << 10, 800, 0},
	} {
		l.calm = calm{delay: c.delay}
		l.streams[0].caughtUp, l.streams[1].caughtUp = true, true
		l.coalesce(uint64(c.bytes))
		if l.calm.delay != c.want || (l.calm.until > 0) != (c.want > 0) {
			t.Errorf("%d bytes after %d us: %+v, want %d", c.bytes, c.delay, l.calm, c.want)
		}
	}
	l.calm = calm{delay: 800}
	if l.coalesce(0); l.calm.until != 0 || l.calm.delay != 800 {
		t.Errorf("nothing came: %+v", l.calm)
	}
	l.readers = 1
	l.calm = calm{delay: 800}
	l.coalesce(100)
	if l.calm.until != 0 {
		t.Error("output is delayed for a client")
	}
}
