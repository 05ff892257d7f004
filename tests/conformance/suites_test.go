package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestBatsTests(t *testing.T) {
	const text = `#!/usr/bin/env bats
load helpers
@test "podman run" {
  echo "@test in a string"
}
@test "says \"hi\" for \$5"{
`
	got := batsTests(text)
	if want := []string{"podman run", `says "hi" for $5`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFile_Results(t *testing.T) {
	f := File{"podman/a.bats", []string{"one $X", "two", "three"}}
	for _, c := range []struct {
		told []Named
		want Results
	}{
		{nil, results(f.Tests, "---")},
		{[]Named{{"one 5", Failed}, {}, {"three", Passed}}, results([]string{"one 5", "two", "three"}, "f-p")},
		{make([]Named, 4), results(append(f.Tests, "test 4"), "----")},
	} {
		if got := f.results(c.told); !maps.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.told, got, c.want)
		}
	}
}

func TestSuites_Files(t *testing.T) {
	dir := t.TempDir()
	if _, err := Suites(dir).Files(nil); err == nil {
		t.Error("an empty directory has tests")
	}
	tests := filepath.Join(dir, podmanTests)
	if err := os.MkdirAll(tests, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"030-run.bats", "035-logs.bats", "helpers.bash"} {
		if err := os.WriteFile(filepath.Join(tests, name), []byte("@test \"x\" {\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ only, want []string }{
		{nil, []string{"conmon/", "podman/030-run.bats", "podman/035-logs.bats"}},
		{[]string{"logs", "conmon/"}, []string{"conmon/", "podman/035-logs.bats"}},
		{[]string{"99"}, nil},
	} {
		files, err := Suites(dir).Files(c.only)
		var got []string
		for _, f := range files {
			got = append(got, f.Name)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, %v; want %v", c.only, got, err, c.want)
		}
	}
}
