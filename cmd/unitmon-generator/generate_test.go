package main

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func testGenerator(t testing.TB, uid int) *generator {
	t.Helper()
	return &generator{root: t.TempDir(), out: t.TempDir(), uid: uid, machine: strings.Repeat("0", 32)}
}

// add makes a container's directory.
func (g *generator) add(t testing.TB, name, text string) {
	t.Helper()
	dir := filepath.Join(g.root, name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if text == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "container.conf"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files are what the generator made, with the targets of links.
func (g *generator) files(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(g.out, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(g.out, path)
		if found[name], err = os.Readlink(path); err == nil {
			return nil
		}
		text, err := os.ReadFile(path)
		found[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGenerator(t *testing.T) {
	g := testGenerator(t, -1)
	g.add(t, "web", "[Unit]\nAfter=unitmon@db.service\n[Container]\nExec=true\nTag=x\n[Install]\nWantedBy=a.target a.target\nRequiredBy=b.service\n")
	g.add(t, "db", "[Container]\nExec=true\n")
	g.add(t, "bad", "[Container]\nImage=x\n[Install]\nWantedBy=a.target\n")
	g.add(t, "empty", "")
	g.add(t, "un safe", "[Container]\nExec=true\n")
	g.add(t, ".hidden", "rubbish")
	if err := os.WriteFile(filepath.Join(g.root, "README"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	errs := fmt.Sprint(g.run())
	for _, want := range []string{"bad/container.conf:2: Image=", "empty: it has neither", "un safe: the name has characters"} {
		if !strings.Contains(errs, want) {
			t.Errorf("%s lacks %s", errs, want)
		}
	}
	if strings.Contains(errs, "hidden") || strings.Contains(errs, "web") {
		t.Error(errs)
	}
	got := g.files(t)
	for name, want := range map[string]string{
		"unitmon@web.service.d/50-container.conf":       "After=unitmon@db.service\n",
		"unitmon-relay@web.service.d/50-container.conf": "LogExtraFields=CONTAINER_TAG=x\n",
		"unitmon@db.service.d/50-container.conf":        "[Service]\n",
		"unitmon-relay@db.service.d/50-container.conf":  "LogExtraFields=CONTAINER_NAME=db\n",
		"unitmon@bad.service.d/50-container.conf":       "SourcePath=",
		"unitmon-relay@bad.service.d/50-container.conf": "SourcePath=",
		"a.target.wants/unitmon@web.service":            "/unitmon@.service",
		"a.target.wants/unitmon@bad.service":            "/unitmon@.service",
		"b.service.requires/unitmon@web.service":        "/unitmon@.service",
	} {
		if !strings.Contains(got[name], want) {
			t.Errorf("%s: %q lacks %q", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("more than wanted: %v", got)
	}
}

// TestGenerator_Nothing: without /etc/unitmon there is nothing to do.
func TestGenerator_Nothing(t *testing.T) {
	g := testGenerator(t, 1000)
	g.root += "/missing"
	if errs := g.run(); len(errs) > 0 {
		t.Error(errs)
	}
}

// TestAppendLine: where there is no kernel log, none is made.
func TestAppendLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kmsg")
	if err := appendLine(path, "a\n"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(appendLine(path, "a\n"), appendLine(path, "b\n")); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); string(text) != "a\nb\n" {
		t.Errorf("%q %v", text, err)
	}
}

func TestIsUser(t *testing.T) {
	for _, k := range []struct {
		program, scope string
		want           bool
	}{
		{"/usr/lib/systemd/system-generators/unitmon-generator", "", false},
		{"/usr/lib/systemd/user-generators/unitmon-generator", "", true},
		{"/usr/lib/systemd/system-generators/unitmon-generator", "user", true},
		{"/usr/lib/systemd/user-generators/unitmon-generator", "system", false},
	} {
		if got := isUser(k.program, k.scope); got != k.want {
			t.Errorf("%+v: %t", k, got)
		}
	}
}

// TestImports: the manager waits for this program at each boot and reload, so it
// has nothing that is slow to load: the standard library and internal/conf, and
// no packages of the network or of reflection's users.
func TestImports(t *testing.T) {
	slow := []string{"net", "net/http", "encoding/json", "regexp", "text/template", "log", "context", "os/exec"}
	for _, dir := range []string{".", "../../internal/conf"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) < 3 {
			t.Fatalf("%s: %v %v", dir, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				path, _ := strconv.Unquote(i.Path.Value)
				if strings.Contains(path, ".") && path != "github.com/unitmon/unitmon/internal/conf" {
					t.Errorf("%s imports %s", file, path)
				}
				for _, s := range slow {
					if path == s {
						t.Errorf("%s imports %s", file, path)
					}
				}
			}
		}
	}
}

func BenchmarkGenerator(b *testing.B) {
	g := testGenerator(b, -1)
	for i := range 100 {
		g.add(b, fmt.Sprint("c", i), "[Container]\nRootfs=/srv/root\nExec=/bin/true\nLabel=a=b\n[Service]\nRestart=on-failure\n")
	}
	for b.Loop() {
		if errs := g.run(); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}
