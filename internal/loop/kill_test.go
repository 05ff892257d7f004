package loop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys"
)

// workerEnv makes the test program a relay that a test kills. Its descriptors
// are those that the manager would hold, from 3 on.
const workerEnv = "UNITMON_LOOP_WORKER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(workerEnv); dir != "" {
		if err := work(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// What a worker gets, in this order.
const (
	workerState = 3 + iota
	workerStash
	_
	workerFIFO
	_
	workerControl
	workerAttach
	workerConsole // if there is one
)

// work is a relay process.
func work(dir string) error {
	mem, err := sys.MapShared(os.NewFile(workerState, "state"), int64(StateSize))
	if err != nil {
		return err
	}
	own, err := sys.Memory(Size)
	if err != nil {
		return err
	}
	l := (*Loop)(unsafe.Pointer(unsafe.SliceData(own)))
	l.SetState((*State)(unsafe.Pointer(unsafe.SliceData(mem))))
	l.SetIdle(-1)
	null, err := sys.DevNull()
	if err != nil {
		return err
	}
	l.SetNull(null)
	for i := range 2 {
		l.SetStream(i, workerFIFO+i, workerStash+i, []byte(fmt.Sprintf("PRIORITY=%d\n", []int{6, 3}[i])))
	}
	for _, fd := range []int{workerControl, workerAttach} {
		if err := sys.SetNonblock(fd); err != nil { // os/exec has made it block
			return err
		}
	}
	l.SetListeners(workerControl, workerAttach)
	send, err := sys.DatagramFD(0)
	if err != nil {
		return err
	}
	probe, err := sys.DatagramFD(0)
	if err != nil {
		return err
	}
	l.SetJournal(send, probe, []byte(dir+"/journal"))
	l.SetFile(0, K8sFile, []byte(dir+"/k8s"), 0, 1, true)
	l.SetFile(1, JSONFile, []byte(dir+"/json"), 100_000, 1000, true)
	if os.Getenv(workerEnv+"_TTY") != "" {
		l.SetInput(false)
		l.SetInputFD(workerConsole, true)
	}
	stop, _, err := sys.EventFD()
	if err != nil {
		return err
	}
	l.SetStop(stop)
	outer, err := sys.Epoll()
	if err != nil {
		return err
	}
	inner, err := sys.Epoll()
	if err != nil {
		return err
	}
	if r := l.Init(outer, inner); r < 0 {
		return syscall.Errno(-r)
	}
	fmt.Println("ready")
	l.Run()
	return nil
}

// victim is a worker that runs.
type victim struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

// fork starts a worker on the rig's descriptors.
func (r *rig) fork(state *os.File, console *os.File) *victim {
	r.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+r.dir)
	cmd.Stderr = os.Stderr
	for _, l := range []*net.UnixListener{r.control, r.attach} {
		f, err := l.File()
		r.must(err)
		defer func() { _ = f.Close() }()
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	cmd.ExtraFiles = append([]*os.File{state, r.stash[0], r.stash[1], r.fifos[0], r.fifos[1]}, cmd.ExtraFiles...)
	if console != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, console)
		cmd.Env = append(cmd.Env, workerEnv+"_TTY=1")
	}
	out, err := cmd.StdoutPipe()
	r.must(err)
	r.must(cmd.Start())
	r.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return &victim{cmd, bufio.NewReader(out)}
}

// ready waits until the worker is about to run its loop.
func (v *victim) ready(t *testing.T) {
	t.Helper()
	if line, err := v.out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("the worker said %q, %v", line, err)
	}
}

func (v *victim) kill() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

// TestLoop_Killed kills the process that runs the loop, again and again, at
// random instants: every line is in the journal, at most one per kill and stream
// twice, and in each log file exactly once, in order.
func TestLoop_Killed(t *testing.T) {
	r := newRig(t)
	state, err := sys.SharedMemory("test", int64(StateSize))
	r.must(err)
	kills := killCount(t)
	r.must(sys.SetPipeSize(r.fifos[0], widePipe)) // as one leaves it that is killed when much comes
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 2))

	stored := r.collect()
	enough := make(chan struct{})
	wrote := [2]chan int{make(chan int, 1), make(chan int, 1)}
	for i := range r.fifos {
		go func() { wrote[i] <- r.writeLines(i, rand.New(rand.NewPCG(seed, uint64(i))), enough) }()
	}
	v := r.fork(state, nil)
	for range kills {
		v.ready(t)
		timer := time.NewTimer(time.Duration(rng.IntN(20_000)) * time.Microsecond)
		<-timer.C
		v.kill()
		v = r.fork(state, nil)
	}
	close(enough)
	want := [2]int{<-wrote[0], <-wrote[1]}
	t.Cleanup(func() {
		if t.Failed() {
			r.explain(state)
		}
		_ = state.Close()
	})
	if a := r.answer(r.ask("drain")); a != AnswerOK {
		t.Fatalf("drain: answer %q", a)
	}
	v.kill()
	r.mark()
	got := <-stored
	for i, n := range want {
		checkOrder(t, fmt.Sprint("journal, stream ", i), got[i].lines, n)
		t.Logf("stream %d: %d lines; %d entries came twice into the journal in %d kills", i, n, got[i].twice, kills)
		checkOrder(t, fmt.Sprint("k8s-file, stream ", i), r.k8sLines(i), n)
		checkOrder(t, fmt.Sprint("json-file, stream ", i), r.jsonLines(i), n)
	}
	if twice := got[0].twice + got[1].twice; twice > kills {
		t.Errorf("%d entries came twice into the journal in %d kills", twice, kills)
	}
}

// explain prints where a state has come to.
func (r *rig) explain(state *os.File) {
	mem, err := sys.MapShared(state, int64(StateSize))
	if err != nil {
		r.t.Error(err)
		return
	}
	st := (*State)(unsafe.Pointer(unsafe.SliceData(mem)))
	for i := range st.streams {
		pending, err := sys.FIFOPending(r.path(fmt.Sprint("fifo", i)))
		r.t.Logf("stream %d: %+v, %d bytes in the FIFO (%v)", i, st.streams[i], pending, err)
	}
	r.t.Logf("files %+v, ring %+v, stats %+v", st.files, st.ring, st.stats)
}

// killCount is how often processes are killed: UNITMON_KILLS times.
func killCount(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("UNITMON_KILLS"))
	if err != nil {
		return 100
	}
	return n
}

// lineOf is line n of stream i: some are long, few are very long.
func lineOf(i, n int) string {
	length := n * 7919 % 200
	if n%1000 == 999 {
		length = 5000 + n%60000
	}
	return fmt.Sprintf("%d %d %s", i, n, strings.Repeat("x", length))
}

// writeLines writes numbered lines until it is told to stop, and returns how
// many.
func (r *rig) writeLines(i int, rng *rand.Rand, enough <-chan struct{}) int {
	var b bytes.Buffer
	for n := 0; ; {
		for range 1 + rng.IntN(500) {
			b.WriteString(lineOf(i, n))
			b.WriteByte('\n')
			n++
		}
		select {
		case <-enough:
			_, _ = b.WriteTo(r.fifos[i])
			return n
		default:
		}
		for rest := b.Bytes(); len(rest) > 0; {
			k, err := r.fifos[i].Write(rest[:min(len(rest), 1+rng.IntN(30_000))])
			if err != nil {
				return -1
			}
			rest = rest[k:]
		}
		b.Reset()
	}
}

// collected is what came of one stream: whole lines, and how many entries came
// once more.
type collected struct {
	lines []string
	twice int
}

// endMark is what the journal gets behind everything else.
const endMark = "END=1\n"

func (r *rig) mark() {
	r.t.Helper()
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: r.path("journal"), Net: "unixgram"})
	r.must(err)
	defer func() { _ = c.Close() }()
	_, err = c.Write([]byte(endMark))
	r.must(err)
}

// collect takes what comes to the journal until the end mark.
func (r *rig) collect() <-chan [2]collected {
	done := make(chan [2]collected, 1)
	go func() {
		var got [2]collected
		var last, part [2]string
		buf := make([]byte, 128<<10)
		for {
			n, err := r.journal.Read(buf)
			entry := string(buf[:n])
			if err != nil || entry == endMark {
				done <- got
				return
			}
			i := 0
			if strings.HasPrefix(entry, "PRIORITY=3\n") {
				i = 1
			}
			if entry == last[i] { // no two lines, or pieces of one, are equal
				got[i].twice++
				continue
			}
			last[i] = entry
			_, message, _ := strings.Cut(entry, "\nMESSAGE=")
			part[i] += strings.TrimSuffix(message, "\n")
			if !strings.Contains(entry, partialField) {
				got[i].lines = append(got[i].lines, part[i])
				part[i] = ""
			}
		}
	}()
	return done
}

// checkOrder checks that n lines are there, each once, in order.
func checkOrder(t *testing.T, where string, lines []string, n int) {
	t.Helper()
	for next, line := range lines {
		fields := strings.SplitN(line, " ", 3)
		stream, err := strconv.Atoi(fields[0])
		if err != nil || line != lineOf(stream, next) {
			t.Fatalf("%s: want line %d, got %.80q (%d bytes)", where, next, line, len(line))
		}
	}
	if len(lines) != n {
		t.Fatalf("%s: %d lines of %d", where, len(lines), n)
	}
}

// k8sLines are the lines of a stream in the k8s-file log.
func (r *rig) k8sLines(i int) []string {
	r.t.Helper()
	data, err := os.ReadFile(r.path("k8s"))
	r.must(err)
	var lines []string
	var part strings.Builder
	for record := range strings.Lines(string(data)) {
		f := strings.SplitN(strings.TrimSuffix(record, "\n"), " ", 4)
		if len(f) != 4 {
			r.t.Fatalf("a damaged record: %.80q", record)
		}
		if f[1] != []string{"stdout", "stderr"}[i] {
			continue
		}
		part.WriteString(f[3])
		if f[2] == "F" {
			lines = append(lines, part.String())
			part.Reset()
		}
	}
	return lines
}

// jsonLines are the lines of a stream in the json-file logs, the rotated ones
// first.
func (r *rig) jsonLines(i int) []string {
	r.t.Helper()
	var data []byte
	for n := 1000; n >= 0; n-- {
		name := r.path("json")
		if n > 0 {
			name += "." + strconv.Itoa(n)
		}
		b, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		r.must(err)
		data = append(data, b...)
	}
	var lines []string
	var part strings.Builder
	source := []string{`"stream":"stdout"`, `"stream":"stderr"`}[i]
	for record := range strings.Lines(string(data)) {
		text, rest, ok := strings.Cut(strings.TrimPrefix(record, `{"log":"`), `","`)
		if !ok {
			r.t.Fatalf("a damaged record: %.80q", record)
		}
		if !strings.Contains(`"`+rest, source) {
			continue
		}
		text, whole := strings.CutSuffix(text, `\n`)
		part.WriteString(text)
		if whole {
			lines = append(lines, part.String())
			part.Reset()
		}
	}
	return lines
}
