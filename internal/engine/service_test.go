package engine

import (
	"os"
	"testing"

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
