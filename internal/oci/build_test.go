package oci

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBuild_Golden runs testdata/*.txtar: options.json is what is asked for,
// want.json the configuration that comes of it, and the other files are what
// is on disk. $WORK is the directory they are in. -update rewrites want.json.
func TestBuild_Golden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { golden(t, file) })
	}
}

func golden(t *testing.T, file string) {
	work, out := t.TempDir(), t.TempDir()
	for name, text := range archive(t, file) {
		path := filepath.Join(work, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "$WORK", work)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var o Options
	if err := json.Unmarshal(readTest(t, filepath.Join(work, "options.json")), &o); err != nil {
		t.Fatal(err)
	}
	b, err := Build(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(out); err != nil {
		t.Fatal(err)
	}
	got := string(readTest(t, filepath.Join(out, "config.json"))) + "\n"
	compare(t, file, strings.ReplaceAll(got, work, "$WORK"))
}

// archive reads a file in the txtar format: a comment, then files, each after
// a line "-- NAME --".
func archive(t *testing.T, file string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	name := ""
	for line := range strings.Lines(string(readTest(t, file))) {
		if n, ok := strings.CutPrefix(line, "-- "); ok {
			name = strings.TrimSuffix(n, " --\n")
			files[name] = ""
			continue
		}
		files[name] += line
	}
	delete(files, "")
	return files
}

const wantHeader = "-- want.json --\n"

func compare(t *testing.T, file, got string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		input, _, _ := strings.Cut(string(readTest(t, file)), wantHeader)
		if err := os.WriteFile(file, []byte(input+wantHeader+got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(archive(t, file)["want.json"], got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func readTest(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMain is also the runtime of TestCreateTerminal.
func TestMain(m *testing.M) {
	if mode := os.Getenv(consoleMode); mode != "" {
		os.Exit(fakeConsole(mode, os.Args))
	}
	flag.Bool("update", false, "rewrite the golden files")
	flag.Parse()
	os.Exit(m.Run())
}
