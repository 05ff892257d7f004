package conf

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParse_Windows: a file of an editor that writes a byte order mark and
// carriage returns is read as the manager reads it.
func TestParse_Windows(t *testing.T) {
	got, err := Parse("f", []byte("\ufeff[A]\r\nk=v\r\n"))
	if diff := cmp.Diff([]Entry{{"A", "k", "v", 2}}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestRead_Rubbish: the errors of a file that is no configuration are few and
// short, since they go to the kernel's log and the unit's status.
func TestRead_Rubbish(t *testing.T) {
	for name, text := range map[string]string{
		"binary":       strings.Repeat("\xff\x00\n", 10_000),
		"no key":       "[Container]\n" + strings.Repeat("Q=1\n", 10_000),
		"long key":     "[Container]\n" + strings.Repeat("k", lineMax-2) + "=1\n",
		"long section": "[" + strings.Repeat("s", lineMax-2) + "]\nA=1\n",
		"long install": "[Install]\n" + strings.Repeat("k", lineMax-2) + "=1\n",
		"no section":   strings.Repeat("k", lineMax-2) + "=1\n",
	} {
		_, err := Read(testPath, []byte(text), Manager{})
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if n := len(err.Error()); n > 200*(errorsMax+1) {
			t.Errorf("%s: %d bytes of errors: %.200s", name, n, err)
		}
	}
	_, err := Read(testPath, bytes.Repeat([]byte("x\n"), 100), Manager{})
	if !strings.HasSuffix(err.Error(), ": there are too many errors, what follows was not read") {
		t.Error(err)
	}
	if _, err := ParseEnvFile("e", bytes.Repeat([]byte("x\n"), 100)); strings.Count(err.Error(), "\n") != errorsMax {
		t.Error(err)
	}
}

// TestDropIns_Backslash: a value that ends in a backslash does not take the next
// setting with it.
func TestDropIns_Backslash(t *testing.T) {
	c, err := Read(testPath, []byte("[Service]\nEnvironment=A=b\\ \nMemoryMax=1M\n[Container]\nStopSignal=\\ \n"), Manager{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := Parse("d", []byte(c.DropIns("", false).Service))
	want := []Entry{
		{"Unit", "SourcePath", testPath, 3},
		{"Service", "KillSignal", `\`, 5},
		{"Service", "Environment", `A=b\`, 6},
		{"Service", "MemoryMax", "1M", 7},
	}
	if diff := cmp.Diff(want, list); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
