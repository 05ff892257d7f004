package bench

import (
	"fmt"
	"strings"
	"testing"
)

// trial is a test that gives up a variant where it would fail: the others go
// on, and the table says why one is missing.
type trial struct {
	testing.TB
	over *bool // after its end, as in a cleanup, failures are the test's
}

// gaveUp is what a failure of a trial panics with.
type gaveUp struct{ why string }

// attempt runs a variant once. why is not empty if that failed.
func attempt(tb testing.TB, run func(testing.TB) sample) (s sample, why string) {
	tb.Helper()
	over := false
	defer func() {
		over = true
		if r := recover(); r != nil {
			g, ok := r.(gaveUp)
			if !ok {
				panic(r)
			}
			why = g.why
		}
	}()
	return run(trial{tb, &over}), ""
}

func (t trial) giveUp(why string) {
	t.Helper()
	if *t.over {
		t.TB.Fatal(why)
	}
	if why = strings.TrimSpace(why); why == "" {
		why = "it does not say why"
	}
	panic(gaveUp{why})
}

func (t trial) Fatal(args ...any)                 { t.Helper(); t.giveUp(fmt.Sprintln(args...)) }
func (t trial) Fatalf(format string, args ...any) { t.Helper(); t.giveUp(fmt.Sprintf(format, args...)) }
func (t trial) Error(args ...any)                 { t.Helper(); t.giveUp(fmt.Sprintln(args...)) }
func (t trial) Errorf(format string, args ...any) { t.Helper(); t.giveUp(fmt.Sprintf(format, args...)) }
func (t trial) FailNow()                          { t.Helper(); t.giveUp("") }
