package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

func TestResults_Save(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results")
	want := results([]string{"a", "b # c", "d\te", "f"}, "pfs-")
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestLoad_Refused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results")
	for _, text := range []string{"a\tb\n", "a\tb\tmaybe\n", "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := Load(path); err == nil {
			t.Errorf("%q is read as %v", text, r)
		}
	}
}

func TestResults_In(t *testing.T) {
	r := Results{{"conmon/x_test.go", "a"}: Passed, {"podman/a.bats", "b"}: Failed, {"podman/c.bats", "d"}: Passed}
	got := r.In([]File{{Name: "conmon/"}, {Name: "podman/c.bats"}})
	if len(got) != 2 || got[Test{"conmon/x_test.go", "a"}] != Passed || got[Test{"podman/c.bats", "d"}] != Passed {
		t.Errorf("got %v", got)
	}
}

func TestResults_Fill(t *testing.T) {
	older := results([]string{"a", "gone"}, "pp")
	older[Test{"conmon/x_test.go", "b"}] = Passed
	older[Test{"conmon/x_test.go", "c"}] = Failed
	r := results([]string{"a"}, "f")
	r.Fill(older)
	want := Results{{"podman/a.bats", "a"}: Failed, {"conmon/x_test.go", "b"}: Passed, {"conmon/x_test.go", "c"}: Failed}
	if !maps.Equal(r, want) {
		t.Errorf("got %v, want %v", r, want)
	}
}

func FuzzParseResults(f *testing.F) {
	f.Add("podman/a.bats\tone\tpassed\n")
	f.Add("a\tb\tc\tno result")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseResults(text)
		if err != nil && r != nil {
			t.Fatal("results and an error")
		}
	})
}
