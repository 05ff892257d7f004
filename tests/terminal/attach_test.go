package terminal

import (
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestAttach_Detached: a container that began without anybody at its terminal
// shows itself to the one who comes, in that one's size.
func TestAttach_Detached(t *testing.T) {
	p := newPair(t, "detached")
	kit.OK(t, append(p.run("-dt"), "vi", textFile)...)
	p.startDirect(t, "vi", textFile)
	p.direct.AwaitText(t, "1/200")
	p.unit.job = p.unit.Start(t, "unitmon", "attach", p.name)
	p.play(t, viSteps()...)
	p.end(t, ":wq\r")
}

// TestAttach_Again: the detach keys leave the program running, and who attaches
// later from a terminal of another size sees it there.
func TestAttach_Again(t *testing.T) {
	p := newPair(t, "again")
	p.start(t, "vi", textFile)
	p.play(t,
		step{words: []string{"line 23 of"}},
		step{keys: "/line 42\r", words: []string{"line 42 of", "42/200"}},
	)
	for _, size := range []struct{ rows, cols int }{{30, 100}, {10, 50}, {24, 80}} {
		before := p.unit.Attributes(t)
		p.unit.Type(t, "\x10\x11") // ctrl-p, ctrl-q
		if code := p.unit.job.Wait(t); code != 0 {
			t.Fatalf("detaching ends with exit code %d; the terminal has\n%s", code, p.unit.Screen())
		}
		if p.unit.Attributes(t) == before {
			t.Error("the terminal is still in raw mode")
		}
		if state := kit.Property(t, kit.Units(p.name)[0], "ActiveState"); state != "active" {
			t.Fatalf("the container is %s", state)
		}
		fresh := kit.NewTerminal(t, size.rows, size.cols)
		p.unit = &side{root: p.unit.root, Terminal: fresh, job: fresh.Start(t, "unitmon", "attach", p.name)}
		p.direct.Resize(t, size.rows, size.cols)
		p.same(t, "line 42 of")
	}
	p.end(t, "ddZZ")
}

// TestAttach_Two: two terminals show the same, and both are typed into.
func TestAttach_Two(t *testing.T) {
	p := newPair(t, "two")
	p.start(t, "vi", textFile)
	p.play(t, step{words: []string{"line 23 of"}})
	other := kit.NewTerminal(t, 24, 80)
	j := other.Start(t, "unitmon", "attach", p.name)
	// What there was to see before is drawn again on request only.
	p.direct.Type(t, "\x0c")
	other.Type(t, "\x0c")
	kit.AwaitSame(t, p.direct.Terminal, other, "the file", func(string) bool { return true })
	p.play(t, step{keys: "dd", words: []string{"Delete 1 lines"}})
	kit.AwaitSame(t, p.direct.Terminal, other, "the change", func(string) bool { return true })
	p.direct.Type(t, "G")
	other.Type(t, "G")
	p.same(t, "line 200 of")
	p.end(t, ":wq\r")
	if code := j.Wait(t); code != 0 {
		t.Errorf("the other's exit code is %d", code)
	}
}
