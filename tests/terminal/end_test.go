package terminal

import (
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestEnd: what a container writes right before its end, when the terminal's
// last holder is gone, arrives.
func TestEnd(t *testing.T) {
	const times = 50
	term := newRestored(t)
	t.Cleanup(func() { kit.Purge(t, "end") })
	root := kit.BusyboxRoot(t)
	for i := range times {
		j := term.Start(t, "unitmon", "run", "-t", "--rootfs", root, "end", "--", "/bin/sh", "-c", "printf last; exit 3")
		if code := j.Wait(t); code != 3 {
			t.Fatalf("run %d: exit code %d, want 3", i, code)
		}
		want := strings.Repeat("last", i+1)
		term.Await(t, want, func(string) bool { return len(term.Text()) >= len(want) })
		if got := term.Text(); got != want {
			t.Fatalf("after %d runs the terminal got %q", i+1, got)
		}
	}
	term.checkRestored(t)
	kit.NothingLeft(t, "end")
}

// TestEnd_Much: the same for more than a terminal's buffer holds.
func TestEnd_Much(t *testing.T) {
	const lines = 50_000
	term := newRestored(t)
	t.Cleanup(func() { kit.Purge(t, "end-much") })
	j := term.Start(t, "unitmon", "run", "-t", "--rootfs", kit.BusyboxRoot(t), "end-much", "--", "/bin/sh", "-c", "seq 50000; exit 3")
	if code := j.Wait(t); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	term.Await(t, "the last line", func(screen string) bool { return strings.Contains(screen, "\n50000\n") })
	checkNumbers(t, term.Text(), lines)
	term.checkRestored(t)
}
