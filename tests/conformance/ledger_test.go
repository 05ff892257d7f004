package conformance

import (
	"os"
	"strings"
	"testing"
)

func TestReadLedger(t *testing.T) {
	l, err := ReadLedger(strings.NewReader("# why\n\npodman/180-blkio.bats\t*\tno io controller\npodman/a.bats\tone\tno network\n"))
	if err != nil || len(l) != 2 || l.Excludes("podman/180-blkio.bats") != "no io controller" || l.Excludes("podman/a.bats") != "" {
		t.Errorf("got %v, %v", l, err)
	}
}

func TestReadLedger_Refused(t *testing.T) {
	for _, text := range []string{"a\tb\n", "a\tb\t\n", "a\tb\tc\td\n", "a b c\n", "\tb\tc\n", "a\tb\tc\na\tb\td\n"} {
		if l, err := ReadLedger(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as %v", text, l)
		}
	}
}

// TestLedger: the ledger itself can be read, and every entry is about a file
// of one of the suites.
func TestLedger(t *testing.T) {
	f, err := os.Open("ledger.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	l, err := ReadLedger(f)
	if err != nil {
		t.Fatal(err)
	}
	for test := range l {
		if !strings.HasPrefix(test.File, "podman/") && !strings.HasPrefix(test.File, "conmon/") {
			t.Errorf("%s is in no suite", test)
		}
	}
}

func FuzzReadLedger(f *testing.F) {
	f.Add("podman/a.bats\t*\tno network\n# x\n\n")
	f.Add("\t\t\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadLedger(strings.NewReader(text))
		if err != nil {
			return
		}
		for test, why := range l {
			if test.File == "" || test.Name == "" || why == "" {
				t.Fatalf("entry %q: %q", test, why)
			}
		}
	})
}
