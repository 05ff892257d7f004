package relay

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/tests/kit"
	"github.com/unitmon/unitmon/unit"
)

// job says which container is wanted: a shell script as its init.
type job struct {
	name, script string
	options      []string
	log          string // of the k8s-file; empty: in a directory of its own
	program      string // the unitmon to use; empty: that of the box
}

// subject is a container that logs to a k8s-file and to the journal. Its units
// are kept after its end.
type subject struct {
	t         *testing.T
	ctx       context.Context
	name, id  string
	log       string
	shared    kit.Shared
	done      chan struct{} // closed when the container opens /shared/done
	relayUnit string
	unit      *follower
	relay     *follower
	killed    int // the relay process that was killed last
}

// start starts a container.
func start(t *testing.T, j job) *subject {
	t.Helper()
	j.name += "-" + strings.ToLower(rand.Text()[:6]) // the journal is asked by it
	s := &subject{
		t: t, ctx: deadline(t), name: j.name, log: j.log,
		shared: kit.Share(t), relayUnit: kit.Units(j.name)[1],
	}
	if s.log == "" {
		s.log = filepath.Join(t.TempDir(), "log")
		must(t, os.WriteFile(s.log, nil, 0o640)) // so that it can be watched
	}
	if j.program == "" {
		j.program = "unitmon"
	}
	s.watchDone()
	t.Cleanup(func() {
		s.explain()
		kit.Purge(t, j.name)
	})
	args := append([]string{j.program, "run", "-d", "--keep", "-v", s.shared.Volume(), "--log", "k8s-file:" + s.log, "--log", "journal"}, j.options...)
	s.id = strings.TrimSpace(kit.OK(t, append(args, j.name, "--", "/bin/sh", "-c", j.script)...))
	m, err := unit.Dial(s.ctx, unit.System)
	must(t, err)
	t.Cleanup(func() { _ = m.Close() })
	s.unit, s.relay = s.follow(m, kit.Units(j.name)[0]), s.follow(m, s.relayUnit)
	return s
}

// explain prints, if the test has failed, the last that the manager and the
// relay said.
func (s *subject) explain() {
	if !s.t.Failed() {
		return
	}
	args := []string{"journalctl", "--no-pager", "--output=short-monotonic", "--lines=30"}
	for _, u := range kit.Units(s.name) {
		args = append(args, "UNIT="+u, "_PID=1", "+")
	}
	args = append(args, "_SYSTEMD_UNIT="+s.relayUnit, "SYSLOG_IDENTIFIER=unitmon-relay")
	s.t.Log(kit.Run(s.t, args...).Stdout)
}

// watchDone makes a FIFO that the container tells by what it has come to.
func (s *subject) watchDone() {
	s.t.Helper()
	path := s.shared.Path("done")
	must(s.t, syscall.Mkfifo(path, 0o666))
	f, err := os.OpenFile(path, os.O_RDWR, 0) // so that opening it waits for nobody
	must(s.t, err)
	s.t.Cleanup(func() { _ = f.Close() })
	s.done = make(chan struct{})
	go func() {
		if _, err := f.Read(make([]byte, 1)); err == nil {
			close(s.done)
		}
	}()
}

// patience bounds one wait for an event.
func (s *subject) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.ctx, kit.Patience/2)
}

// awaitDone waits until the container has written to /shared/done.
func (s *subject) awaitDone() {
	s.t.Helper()
	ctx, cancel := s.patience()
	defer cancel()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.t.Fatalf("container %s does not come to its end", s.name)
	}
}

// follower follows one unit.
type follower struct {
	s     *subject
	name  string
	m     *unit.Conn
	w     *unit.Watch
	state unit.State // the last known
}

func (s *subject) follow(m *unit.Conn, name string) *follower {
	s.t.Helper()
	w, err := m.Watch(s.ctx, name)
	must(s.t, err)
	s.t.Cleanup(func() { _ = w.Close() })
	return &follower{s: s, name: name, m: m, w: w}
}

// until waits until the unit is in a state: what it is in now, or is told of
// later.
func (f *follower) until(what string, ok func(unit.State) bool) {
	f.s.t.Helper()
	ctx, cancel := f.s.patience()
	defer cancel()
	state, err := f.m.State(ctx, f.name)
	for must(f.s.t, err); !ok(state); {
		state, err = f.w.Next(ctx)
		if err != nil && !errors.Is(err, unit.ErrNotLoaded) {
			f.s.t.Fatalf("%s is not %s: %v; it is %+v", f.name, what, err, f.state)
		}
		f.state = state
	}
	f.state = state
}

// process is the relay's main process, which may not be ready yet. The one that
// was killed does not count.
func (s *subject) process() int {
	s.t.Helper()
	s.relay.until("started", func(u unit.State) bool { return u.MainPID != 0 && u.MainPID != s.killed })
	return s.relay.state.MainPID
}

// kill kills the relay's process, at a random moment that is at most within
// from now or from when that process was born.
func (s *subject) kill(within time.Duration) {
	s.t.Helper()
	pid := s.process()
	if within > 0 {
		<-time.NewTimer(mathrand.N(within)).C
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		s.t.Fatalf("relay %d: %v: it ended by itself", pid, err)
	}
	s.killed = pid
}

// shortly is how long a relay that was just born is at most left alive.
const shortly = 40 * time.Millisecond

// killDuring kills the relay often while the log file grows to size: one time
// when it has grown by its share, one time when the next process has just begun.
func (s *subject) killDuring(kills int, size int64) {
	s.t.Helper()
	for i := range kills {
		if i%2 == 0 {
			s.grown(size * int64(i+1) / int64(kills+1))
		}
		s.kill(shortly)
	}
}

// grown waits until the log file has n bytes.
func (s *subject) grown(n int64) {
	s.t.Helper()
	f, err := os.Open(s.log)
	must(s.t, err)
	defer func() { _ = f.Close() }()
	i, err := sys.NewInotify()
	must(s.t, err)
	defer func() { _ = i.Close() }()
	_, err = i.WatchFile(f)
	must(s.t, err)
	ctx, cancel := s.patience()
	defer cancel()
	for {
		fi, err := f.Stat()
		must(s.t, err)
		if fi.Size() >= n {
			return
		}
		if err := i.Wait(ctx); err != nil {
			s.t.Fatalf("%s has %d bytes of %d: %v; relay: %+v", s.log, fi.Size(), n, err, s.relay.state)
		}
	}
}

// end waits for the container's end, which must be a true exit with code, in
// the manager's words and in the record, and for the journal to be complete.
func (s *subject) end(code int) {
	s.t.Helper()
	s.unit.until("ended", func(u unit.State) bool { return u.ActiveState == "inactive" || u.ActiveState == "failed" })
	if u := s.unit.state; u.ExecMainCode != 1 || u.ExecMainStatus != code {
		s.t.Errorf("exit: %+v, want code %d", u, code)
	}
	kit.Sync(s.t)
	records := kit.Entries(s.t, "UNITMON_ID="+s.id, "MESSAGE_ID="+container.ExitMessageID)
	if len(records) != 1 || records[0].Get("UNITMON_EXIT_CODE") != "exited" || records[0].Get("UNITMON_EXIT_STATUS") != strconv.Itoa(code) {
		s.t.Errorf("record of the exit: %v, want one of code %d", records, code)
	}
}

// override adds settings to the relay's unit.
func (s *subject) override(settings string) {
	s.t.Helper()
	dir := s.dropIns()
	must(s.t, os.MkdirAll(dir, 0o755))
	s.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(s.t, os.WriteFile(dir+"/override.conf", []byte("[Service]\n"+settings+"\n"), 0o644))
	kit.OK(s.t, "systemctl", "daemon-reload")
}

// dropIns is the directory of override.
func (s *subject) dropIns() string { return "/run/systemd/system/" + s.relayUnit + ".d" }

// control runs systemctl on the relay's unit.
func (s *subject) control(verb string) kit.Result {
	s.t.Helper()
	return kit.Run(s.t, "systemctl", verb, s.relayUnit)
}
