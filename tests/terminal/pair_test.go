package terminal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// textFile is the file that the programs show, in their root.
const textFile = "/etc/text"

// lines is the text of textFile.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d of the text\n", i+1)
	}
	return b.String()
}

// side is one of the two terminals: the program runs on it directly, or in a
// container that unitmon has given a terminal.
type side struct {
	root string
	*kit.Terminal
	job *kit.Job
}

// text is what the file has now.
func (s *side) text(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.root, textFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// pair is the same program twice, on terminals of the same size.
type pair struct {
	direct, unit *side
	name         string // of the container
}

// newPair prepares two terminals of 24 rows of 80, and two roots.
func newPair(t testing.TB, name string) *pair {
	t.Helper()
	open := func() *side {
		s := &side{root: kit.BusyboxRoot(t), Terminal: kit.NewTerminal(t, 24, 80)}
		if err := os.WriteFile(s.root+textFile, []byte(lines(200)), 0o644); err != nil {
			t.Fatal(err)
		}
		return s
	}
	p := &pair{open(), open(), name}
	t.Cleanup(func() {
		kit.LogOnFailure(t, name)
		kit.Purge(t, name)
	})
	return p
}

// start runs the program on both.
func (p *pair) start(t testing.TB, args ...string) {
	t.Helper()
	p.startDirect(t, args...)
	p.unit.job = p.unit.Start(t, append(p.run("-it"), args...)...)
}

func (p *pair) startDirect(t testing.TB, args ...string) {
	t.Helper()
	p.direct.job = p.direct.Start(t, append([]string{"chroot", p.direct.root, "env", "-i", "PATH=/bin"}, args...)...)
}

// run is the command line that gives a container a terminal.
func (p *pair) run(options ...string) []string {
	return append(append([]string{"unitmon", "run"}, options...), "--rootfs", p.unit.root, p.name, "--")
}

// step is something that a person does at both terminals, and words that then
// are on their screens.
type step struct {
	keys       string
	rows, cols int // if not 0: the terminals' new size
	words      []string
}

// play does the steps and compares the screens after each.
func (p *pair) play(t testing.TB, steps ...step) {
	t.Helper()
	for _, s := range steps {
		for _, side := range []*side{p.direct, p.unit} {
			if s.rows > 0 {
				side.Resize(t, s.rows, s.cols)
			}
			if s.keys != "" {
				side.Type(t, s.keys)
			}
		}
		p.same(t, s.words...)
	}
}

// same waits until both screens are equal and have the words.
func (p *pair) same(t testing.TB, words ...string) {
	t.Helper()
	kit.AwaitSame(t, p.direct.Terminal, p.unit.Terminal, fmt.Sprintf("%q", words), func(screen string) bool {
		for _, w := range words {
			if !strings.Contains(screen, w) {
				return false
			}
		}
		return true
	})
}

// end types the keys that end the program, and compares exit codes and files.
func (p *pair) end(t testing.TB, keys string) {
	t.Helper()
	for _, s := range []*side{p.direct, p.unit} {
		s.Type(t, keys)
	}
	if a, b := p.direct.job.Wait(t), p.unit.job.Wait(t); a != b {
		t.Errorf("exit code %d, directly %d", b, a)
	}
	if a, b := p.direct.text(t), p.unit.text(t); a != b {
		t.Errorf("the files differ: %d bytes, directly %d", len(b), len(a))
	}
}
