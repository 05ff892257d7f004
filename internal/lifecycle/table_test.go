package lifecycle

import (
	"errors"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/internal/oci"
)

// TestTable is the table once more, written by hand: where each operation leads
// from each state, "-" if it is not allowed. It is compared cell by cell.
func TestTable(t *testing.T) {
	const want = `
                   creating created running paused  stopped deleted
create             -        -       -       -       -       creating
start              -        running -       -       -       -
exec               -        -       running -       -       -
kill               -        created running paused  -       -
kill-all           -        created running paused  -       -
resize             -        created running paused  -       -
pause              -        -       paused  -       -       -
resume             -        -       -       running -       -
checkpoint         -        -       stopped stopped -       -
checkpoint-leave   -        -       running paused  -       -
restore            -        running -       -       -       running
update             -        created running paused  -       -
stats              -        -       running paused  -       -
ps                 -        -       running paused  -       -
status             creating created running paused  stopped deleted
wait               creating created running paused  stopped deleted
delete             -        deleted -       -       deleted -
delete-force       deleted  deleted deleted deleted deleted deleted
`
	compare(t, want, func(s State, op Op) (State, error) {
		n, ok := s.Next(op)
		if err := s.Check(op); (err == nil) != ok {
			t.Errorf("%s %s: Next says %v, Check %v", op, s, ok, err)
		}
		return n, s.Check(op)
	})
}

func TestTable_Process(t *testing.T) {
	const want = `
                   creating created running paused  stopped deleted
create             -        -       -       -       -       -
start              -        running -       -       -       -
exec               -        -       -       -       -       -
kill               -        -       running -       -       -
kill-all           -        -       -       -       -       -
resize             -        created running -       -       -
pause              -        -       -       -       -       -
resume             -        -       -       -       -       -
checkpoint         -        -       -       -       -       -
checkpoint-leave   -        -       -       -       -       -
restore            -        -       -       -       -       -
update             -        -       -       -       -       -
stats              -        -       -       -       -       -
ps                 -        -       -       -       -       -
status             creating created running paused  stopped deleted
wait               creating created running paused  stopped deleted
delete             -        deleted -       -       deleted -
delete-force       -        -       -       -       -       -
`
	compare(t, want, func(s State, op Op) (State, error) {
		return next(processTable(), s, op), s.CheckProcess(op)
	})
}

// compare plays every cell of a table, and asserts that it has all of them.
func compare(t *testing.T, want string, ask func(State, Op) (State, error)) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(want), "\n")
	states, cells := strings.Fields(lines[0]), 0
	for _, line := range lines[1:] {
		f := strings.Fields(line)
		op := Op(strings.ReplaceAll(f[0], "-", " "))
		for i, cell := range f[1:] {
			cells++
			got, err := ask(State(states[i]), op)
			var n *NotAllowed
			switch {
			case cell == "-" && (got != no || !errors.As(err, &n) || n.State != State(states[i]) || n.Op != op):
				t.Errorf("%s of %s: %q, %v; want it refused", op, states[i], got, err)
			case cell != "-" && (got != State(cell) || err != nil):
				t.Errorf("%s of %s: %q, %v; want %s", op, states[i], got, err, cell)
			}
		}
	}
	if all := len(Ops()) * len(States()); cells != all {
		t.Errorf("%d cells of %d", cells, all)
	}
}

// TestTable_Events are the two that happen by themselves.
func TestTable_Events(t *testing.T) {
	for _, s := range States() {
		want := Stopped
		if s == Deleted {
			want = Deleted // it was deleted by force; its end comes after
		}
		if got, _ := s.Next(opExit); got != want {
			t.Errorf("exit in %s: %s", s, got)
		}
		if _, ok := s.Next(opCreated); ok != (s == Creating) {
			t.Errorf("created in %s: %v", s, ok)
		}
	}
	if _, err := State("odd").Next("odd"); err {
		t.Error("a state that is none allows an operation that is none")
	}
}

// TestNotAllowed: every error says what to do, and what callers branch on.
func TestNotAllowed(t *testing.T) {
	for _, tc := range []struct {
		e    NotAllowed
		want string
	}{
		{NotAllowed{"web", Paused, OpExec, false}, "container web is paused: resume it first (unitmon resume web)"},
		{NotAllowed{"web", Running, OpStart, false}, "container web is running: it runs already"},
		{NotAllowed{"web", Running, OpDelete, false}, "container web is running: stop it first (unitmon stop web)"},
		{NotAllowed{"", Created, OpPause, false}, "container is created: start it first (unitmon start NAME)"},
		{NotAllowed{"web", Deleted, OpKill, false}, "container web does not exist: look for its name (unitmon ps --all)"},
		{NotAllowed{"1", Running, OpPause, true}, "process 1 is running: pause is for the whole container"},
		{NotAllowed{"1", Stopped, OpKill, true}, "process 1 is stopped: it has ended"},
	} {
		if got := tc.e.Error(); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
	for _, s := range States() {
		for _, op := range Ops() {
			for _, err := range []error{s.Check(op), s.CheckProcess(op)} {
				if err != nil && !strings.Contains(err.Error(), ": ") {
					t.Errorf("%s of %s: %v says nothing of what to do", op, s, err)
				}
				if errors.Is(err, oci.ErrNotRunning) != (err != nil && s == Stopped) || errors.Is(err, oci.ErrNotExist) != (err != nil && s == Deleted) {
					t.Errorf("%s of %s: %v wraps the wrong error", op, s, err)
				}
			}
		}
	}
}
