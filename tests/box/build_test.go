package box

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestPrograms(t *testing.T) {
	s := spec{Options: Options{Programs: []string{"./tests/box/boxrun"}}}
	if err := buildPrograms(&s); err != nil {
		t.Fatal(err)
	}
	b, err := startKeeper(withSystemd(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	select {
	case <-b.ready:
	case <-b.down:
		t.Fatal(b.why())
	}
	if got := sh(t, b, "", "command -v boxrun"); got != ProgramDir+"/boxrun" {
		t.Errorf("the program is at %q", got)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.Scratch); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("scratch directory %s is left: %v", s.Scratch, err)
	}
}

// withSystemd fills in what prepare finds out, and keeps the rest of s.
func withSystemd(t *testing.T, s spec) spec {
	t.Helper()
	p, err := prepare(Options{})
	if err != nil {
		t.Fatal(err)
	}
	p.Options.Binds, p.Scratch = s.Binds, s.Scratch
	return p
}

func TestPrograms_DoNotBuild(t *testing.T) {
	_, err := Boot(t.Context(), Options{Programs: []string{"./no/such/package"}})
	if err == nil {
		t.Error("it booted")
	}
}
