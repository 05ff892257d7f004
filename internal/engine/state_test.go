package engine

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// name is that of an action's method, "" for none.
func name(a any) string {
	v := reflect.ValueOf(a)
	if v.IsNil() {
		return ""
	}
	full := runtime.FuncForPC(v.Pointer()).Name()
	return full[strings.LastIndexByte(full, '.')+1:]
}

// TestLife asserts every cell: what is not here must do nothing.
func TestLife(t *testing.T) {
	want := map[state]map[event]string{
		waiting:  {told: "create", asked: "giveUp"},
		creating: {made: "created", asked: "forward"},
		running:  {exited: "ended", expired: "timeOut", late: "unreaped", asked: "forward"},
		draining: {drained: "finish", late: "tooLate"},
		leaving:  {released: "stop"},
	}
	table := life()
	for s := range states {
		for e := range events {
			if got := name(table[s][e]); got != want[s][e] {
				t.Errorf("state %d, event %d: got %q, want %q", s, e, got, want[s][e])
			}
		}
	}
}

// TestSteps: the order that engines rely on.
func TestSteps(t *testing.T) {
	want := []string{
		"oom lastOOM", "notify lastNotify", "kill killGroup", "descriptors closeInherited",
		"persist writePersist", "exit writeExit", "sync tellExit",
	}
	var got []string
	for _, s := range steps {
		got = append(got, s.name+" "+name(s.do))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestHappen: an event that means nothing in a state does nothing.
func TestHappen(t *testing.T) {
	m := &monitor{life: life(), state: done}
	for e := range events {
		m.happen(e)
	}
	if m.state != done || m.failed {
		t.Errorf("a monitor that has ended is in state %d", m.state)
	}
}
