package engine

import (
	"bytes"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/engine/oom"
	"github.com/unitmon/unitmon/internal/sys"
)

func TestRecord(t *testing.T) {
	r := record{make([]byte, recordSize)}
	if r.phase() != fresh || r.pid() != 0 || r.code() != 0 {
		t.Error("an empty record says something")
	}
	r.setPID(4194304)
	r.setCode(-1)
	r.set(over)
	if r.phase() != over || r.pid() != 4194304 || r.code() != -1 {
		t.Errorf("got phase %d, pid %d, code %d", r.phase(), r.pid(), r.code())
	}
}

// TestRecord_Deadline: what one process has noted the next one finds.
func TestRecord_Deadline(t *testing.T) {
	r := record{make([]byte, recordSize)}
	if _, ok := r.oom(); ok || r.deadline() != 0 || r.socket() != (sys.FileID{}) {
		t.Error("an empty record says something")
	}
	id := sys.FileID{Dev: 1<<63 | 1, Ino: 1<<63 | 2}
	r.setDeadline(1<<62 | 3)
	r.setSocket(id)
	r.setPID(4)
	r.setCode(-1)
	r.set(over)
	if r.deadline() != 1<<62|3 || r.socket() != id || r.phase() != over || r.pid() != 4 || r.code() != -1 {
		t.Errorf("got %+v", r.mem[:atOOM])
	}
}

// TestRecord_OOM: a record that is being written when the process is killed is
// the one before.
func TestRecord_OOM(t *testing.T) {
	r := record{make([]byte, recordSize)}
	for i := range uint64(4) {
		want := oom.Seen{Dir: strings.Repeat("d", 1000-int(i)), Unified: true, Met: i%2 == 1, Counts: make([]oom.Counts, 10)}
		want.Counts[9][2] = math.MaxUint64 - i
		before := bytes.Clone(r.mem)
		was, had := r.oom()
		if err := r.setOOM(want); err != nil {
			t.Fatal(err)
		}
		if got, ok := r.oom(); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v", got, ok)
		}
		r.mem[atValid] = before[atValid] // as if it was killed before the last byte
		if got, ok := r.oom(); ok != had || !reflect.DeepEqual(got, was) {
			t.Errorf("half written: %+v, %v, want %+v, %v", got, ok, was, had)
		}
		if err := r.setOOM(want); err != nil {
			t.Fatal(err)
		}
	}
	was, _ := r.oom()
	if err := r.setOOM(oom.Seen{Dir: strings.Repeat("d", recordSize/2)}); err == nil {
		t.Error("it takes what is too long")
	}
	if got, ok := r.oom(); !ok || !reflect.DeepEqual(got, was) {
		t.Errorf("after what was too long: %+v, %v", got, ok)
	}
}

// FuzzRecord_OOM: whatever is in the memory, nothing breaks.
func FuzzRecord_OOM(f *testing.F) {
	f.Add(byte(1), []byte{2, 0, 0, 0, '{', '}'})
	f.Add(byte(2), []byte{0xff, 0xff, 0xff, 0xff})
	f.Add(byte(3), []byte{})
	f.Fuzz(func(t *testing.T, valid byte, text []byte) {
		r := record{make([]byte, recordSize)}
		r.mem[atValid] = valid
		copy(r.mem[atOOM:], text)
		if s, ok := r.oom(); !ok && s.Dir != "" {
			t.Errorf("%+v", s)
		}
	})
}

// pair is a keeper and a service that has everything.
func pair(t *testing.T) (*keeper, *service) {
	t.Helper()
	a, b, err := sys.SocketPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return &keeper{link: a}, &service{link: b, record: record{make([]byte, recordSize)}}
}

// await waits until there is something to read.
func await(t *testing.T, f *os.File) {
	t.Helper()
	fd, err := sys.Handle(f)
	if err != nil {
		t.Fatal(err)
	}
	poll, err := sys.NewPoll()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = poll.Close() }()
	if err := poll.Add(fd, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := poll.Wait(nil); err != nil {
		t.Fatal(err)
	}
}

func TestClaim(t *testing.T) {
	k, s := pair(t)
	end := make(chan error, 1)
	go func() { end <- s.claim(nil) }()
	await(t, k.link)
	if err := k.answer(); err != nil {
		t.Fatal(err)
	}
	if err := <-end; err != nil {
		t.Error(err)
	}
}

// TestClaim_Again: a service that follows one that was killed before it began has
// its answer from the keeper that stays.
func TestClaim_Again(t *testing.T) {
	k, s := pair(t)
	end := make(chan error, 1)
	go func() { end <- s.claim(nil) }()
	await(t, k.link)
	if err := k.hear(); err != nil {
		t.Fatal(err)
	}
	if err := <-end; err != nil || k.ended {
		t.Errorf("%v; the keeper has ended: %v", err, k.ended)
	}
}

// TestClaim_Late: a keeper that has given up is the monitor; whoever comes then
// must not be a second one.
func TestClaim_Late(t *testing.T) {
	k, s := pair(t)
	if err := k.link.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.claim(nil); err == nil {
		t.Error("the service believes that it is the monitor")
	}

	k, s = pair(t)
	end := make(chan error, 1)
	go func() { end <- s.claim(nil) }()
	await(t, k.link) // it has asked
	if err := k.link.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-end; err == nil {
		t.Error("the service believes that it is the monitor")
	}
}

// TestClaim_Begun: what an earlier process has begun is gone on with, whether or
// not there is a keeper.
func TestClaim_Begun(t *testing.T) {
	k, s := pair(t)
	if err := k.link.Close(); err != nil {
		t.Fatal(err)
	}
	s.record.set(starting)
	if err := s.claim(nil); err != nil {
		t.Error(err)
	}
}

func TestKeeper_Hear(t *testing.T) {
	k, s := pair(t)
	if _, err := s.link.Write([]byte{linkExit, 7}); err != nil {
		t.Fatal(err)
	}
	if err := k.hear(); err != nil || !k.ended || k.code != 7 {
		t.Errorf("%v, ended %v, code %d", err, k.ended, k.code)
	}

	k, s = pair(t)
	k.code = 1
	if err := k.hear(); err != nil || k.ended {
		t.Errorf("nothing was said: %v, ended %v", err, k.ended)
	}
	if err := s.link.Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.hear(); err != nil || !k.ended || k.code != 1 {
		t.Errorf("the service is gone: %v, ended %v, code %d", err, k.ended, k.code)
	}
}

// TestZone: a service's log has the engine's time zone.
func TestZone(t *testing.T) {
	for env, want := range map[string]string{"TZ=": "UTC", "TZ=:UTC": "UTC", "TZ=no/such": "UTC", "A=1": "Local"} {
		m := &monitor{env: []string{env}, service: new(service)}
		if got := m.zone().String(); got != want {
			t.Errorf("%s: got %s, want %s", env, got, want)
		}
	}
	if m := (&monitor{env: []string{"TZ=UTC"}}); m.zone().String() != "Local" {
		t.Error("the process has its zone already")
	}
}
