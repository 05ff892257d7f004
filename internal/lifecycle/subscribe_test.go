package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/unitmon/unitmon/internal/oci"

	specs "github.com/opencontainers/runtime-spec/specs-go"
)

// TestSubscription_Slow: a subscriber that does not read loses the oldest plain
// events, which are counted, and no exit.
func TestSubscription_Slow(t *testing.T) {
	h := new(hub)
	s := h.subscribe(t.Context())
	const rounds = 3 * queueMax
	for i := range rounds {
		h.publish(Event{Op: OpPause})
		h.publish(Event{Op: opExit, Process: fmt.Sprint(i), Exit: &Exit{Code: i}})
	}
	exits, plain, lost := 0, 0, 0
	for range rounds + queueMax {
		e, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lost += e.Lost
		if e.Exit == nil {
			plain++
			continue
		}
		if e.Exit.Code != exits {
			t.Fatalf("exit %d came as number %d", e.Exit.Code, exits)
		}
		exits++
	}
	if exits != rounds || plain != queueMax || lost != rounds-queueMax {
		t.Errorf("%d exits, %d other events, %d lost", exits, plain, lost)
	}
}

// TestSubscription_Many: each of several subscribers gets everything, and one that
// has left nothing more.
func TestSubscription_Many(t *testing.T) {
	h := new(hub)
	ctx, cancel := context.WithCancel(t.Context())
	subs := []*Subscription{h.subscribe(t.Context()), h.subscribe(ctx), h.subscribe(t.Context())}
	h.publish(Event{Op: OpStart})
	cancel()
	<-subs[1].done
	h.publish(Event{Op: OpPause})
	for i, want := range []int{2, 1, 2} {
		subs[i].Close()
		n := 0
		for {
			if _, err := subs[i].Next(t.Context()); err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				break
			}
			n++
		}
		if n != want {
			t.Errorf("subscriber %d got %d events, want %d", i, n, want)
		}
	}
}

// TestProcess_Bound: no process is made whose exit could be one too many.
func TestProcess_Bound(t *testing.T) {
	c := New(&oci.Runtime{}, "id", "web")
	defer func() { _ = c.Close() }()
	s := c.Subscribe(t.Context())
	for range exitsMax - 1 {
		c.hub.publish(Event{Op: opExit, Exit: new(Exit)})
	}
	o := oci.ExecOptions{Process: &specs.Process{Args: []string{"true"}}}
	if _, err := c.Process("1", o); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Process("1", o); err == nil {
		t.Error("a second process 1")
	}
	if _, err := c.Process("2", o); !errors.Is(err, errBusy) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := s.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Process("2", o); err != nil {
		t.Errorf("after one was read: %v", err)
	}
}
