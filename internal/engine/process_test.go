package engine

import (
	"testing"

	"github.com/unitmon/unitmon/internal/sys"
)

// exit and killed make a status as wait(2) has it.
func exit(code int) sys.WaitStatus  { return sys.WaitStatus(code << 8) }
func killed(sig int) sys.WaitStatus { return sys.WaitStatus(sig) }

func TestProcess_Code(t *testing.T) {
	for _, c := range []struct {
		p    process
		want int
	}{
		{process{}, -1}, // unknown is not 0
		{process{ended: true}, -1},
		{process{known: true}, 0},
		{process{known: true, status: exit(255)}, 255},
		{process{known: true, status: killed(sys.SIGKILL)}, 137},
		{process{known: true, status: killed(sys.SIGQUIT) | 0x80}, 131}, // with a core
	} {
		if got := c.p.code(); got != c.want {
			t.Errorf("%+v: got %d, want %d", c.p, got, c.want)
		}
	}
}

func TestExits(t *testing.T) {
	var e exits
	if _, ok := e.of(7); ok {
		t.Error("a process that nobody has seen has ended")
	}
	e.add(7, exit(1))
	e.add(8, exit(2))
	e.add(7, exit(3)) // its number was used again
	if s, ok := e.of(7); !ok || s != exit(3) {
		t.Errorf("got %v %v", s, ok)
	}
	if s, ok := e.of(8); !ok || s != exit(2) {
		t.Errorf("got %v %v", s, ok)
	}
	for i := range len(e.list) {
		e.add(1000+i, exit(0))
	}
	if _, ok := e.of(7); ok {
		t.Error("there is no bound")
	}
	if _, ok := e.of(1000); !ok {
		t.Error("one of the last is forgotten")
	}
}

// TestReaped: a status is the runtime's, the container's, or kept for later.
func TestReaped(t *testing.T) {
	m := &monitor{life: &table{}, state: creating}
	m.runtime.pid = 5
	m.reaped(6, exit(9)) // the container, whose pid nobody has told
	m.reaped(5, exit(0))
	if !m.runtime.ended || !m.runtime.known || m.child.ended {
		t.Errorf("runtime %+v, child %+v", m.runtime, m.child)
	}
	if s, ok := m.gone.of(6); !ok || s != exit(9) {
		t.Errorf("got %v %v", s, ok)
	}
	m.child.pid = 8
	m.reaped(8, killed(sys.SIGTERM))
	if !m.child.ended || m.child.code() != 143 {
		t.Errorf("child %+v", m.child)
	}
}
