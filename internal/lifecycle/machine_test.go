package lifecycle

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func testMachine(s State) *machine {
	return &machine{name: "web", hub: new(hub), state: s, life: newLife()}
}

// TestExitEffects: the order of what happens at an end, and that who is woken
// finds all of it done.
func TestExitEffects(t *testing.T) {
	if diff := cmp.Diff([]string{"record", "state", "publish", "release"}, ExitEffects()); diff != "" {
		t.Error(diff)
	}
	m := testMachine(Running)
	sub := m.hub.subscribe(t.Context())
	l := m.current()
	woken := make(chan string, 1)
	go func() {
		e, err := m.wait(context.Background())
		_, queued := sub.pop()
		if err != nil || !queued {
			woken <- "too early"
			return
		}
		woken <- string(m.State()) + " " + e.String()
	}()
	m.ended(l, Exit{Known: true, Code: 3})
	if got := <-woken; got != "stopped exit code 3" {
		t.Error(got)
	}
}

// TestEnded_Once: the first word about an end counts.
func TestEnded_Once(t *testing.T) {
	m := testMachine(Paused)
	sub := m.hub.subscribe(t.Context())
	m.ended(m.life, exitUnknown(errGoneBefore))
	m.ended(m.life, Exit{Known: true})
	e, err := m.wait(t.Context())
	if err != nil || e.Known || !errors.Is(e.Reason, ErrExitUnknown) {
		t.Errorf("%v, %v", e, err)
	}
	if n := sub.exits(); n != 1 {
		t.Errorf("%d exits were published", n)
	}
}

// TestApply_AfterEnd: an operation that succeeds when the container has ended
// does not bring it back.
func TestApply_AfterEnd(t *testing.T) {
	for _, op := range []Op{OpStart, OpPause, OpResume, OpCheckpointLeave} {
		m := testMachine(Created)
		m.ended(m.life, Exit{Known: true})
		m.apply(op)
		if m.State() != Stopped {
			t.Errorf("%s: %s", op, m.State())
		}
	}
}

// TestEnded_OldLife: the end of a life that another has followed wakes those who
// wait for it, and changes nothing.
func TestEnded_OldLife(t *testing.T) {
	m := testMachine(Running)
	old := m.current()
	m.begin()
	m.ended(old, Exit{Known: true, Code: 1})
	<-old.done
	if m.State() != Running || m.current().exit.Known {
		t.Errorf("%s, %v", m.State(), m.current().exit)
	}
}

func TestWait_Cancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := testMachine(Running).wait(ctx); !errors.Is(err, cause) {
		t.Error(err)
	}
}
