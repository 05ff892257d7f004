package layout

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer is a row of packages; a package may import those of lower rows, its
// own subpackages, and the subpackages of its parent.
type layer struct {
	height int
	dirs   []string
}

// layers is the order of docs/ARCHITECTURE.md, from the bottom up.
var layers = []layer{
	{0, []string{"internal/sys"}},
	{1, []string{"unit", "journal", "notify", "socketact"}},
	{2, []string{"internal/conf", "internal/oci", "internal/logfile"}},
	{3, []string{"internal/lifecycle", "internal/loop"}},
	{4, []string{"internal/attach"}},
	{5, []string{"internal/container", "internal/engine"}},
	{6, []string{"cmd"}},
	{7, []string{"tests"}},
}

// home returns the layer's directory that pkg is in, and its height.
func home(pkg string) (dir string, height int, ok bool) {
	for _, l := range layers {
		for _, d := range l.dirs {
			if under(pkg, d) {
				return d, l.height, true
			}
		}
	}
	return "", 0, false
}

// mayImport reports whether package from may import package to, both of this
// module.
func mayImport(from, to string) bool {
	fromDir, fromHeight, ok1 := home(from)
	toDir, toHeight, ok2 := home(to)
	return ok1 && ok2 && (toHeight < fromHeight || fromDir == toDir)
}

// reserved says which packages, and those below them, may import what: nil is
// nobody. Test code may import all of it. What is here is large, or unsafe, or
// has its one place in this module.
var reserved = map[string][]string{
	"C":                                nil,
	"log":                              nil,
	"log/slog":                         nil,
	"net/http":                         nil,
	"crypto/tls":                       nil,
	"text/template":                    nil,
	"html/template":                    nil,
	"plugin":                           nil,
	"reflect":                          {"internal/oci"},
	"unsafe":                           {"internal/sys", "internal/loop"},
	"golang.org/x/sys/unix":            {"internal/sys"},
	"syscall":                          {"internal/sys", "internal/loop", "cmd"},
	"regexp":                           {"internal/oci", "cmd/unitmon"},
	"flag":                             {"cmd"},
	"os/exec":                          {"internal/oci", "internal/engine", "internal/container", "cmd"},
	"github.com/spf13/cobra":           {"cmd/unitmon"},
	"github.com/godbus/dbus/v5":        {"unit"},
	"github.com/coreos/go-systemd/v22": {"unit"},
	"golang.org/x/term":                {"internal/attach", "cmd"},
	"github.com/creack/pty":            nil,
	"github.com/hinshun/vt10x":         nil,
	"github.com/opencontainers/runtime-spec": {
		"internal/oci", "internal/lifecycle", "internal/container", "cmd/unitmon",
	},
	"testing": nil,
}

// reservedFor returns the rule for an import path, if there is one.
func reservedFor(path string) (dirs []string, ok bool) {
	for rule, dirs := range reserved {
		if path == rule || strings.Contains(rule, ".") && under(path, rule) {
			return dirs, true
		}
	}
	return nil, false
}

func TestImports_Down(t *testing.T) {
	tr := load(t)
	for _, f := range tr.files {
		if _, _, ok := home(f.pkg); !ok {
			t.Errorf("%s: package %s has no place in layers", f.name, f.pkg)
			continue
		}
		for _, imp := range f.ast.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			to, ours := strings.CutPrefix(path, module+"/")
			if ours && !mayImport(f.pkg, to) {
				t.Errorf("%s: %s may not import %s", tr.at(imp), f.pkg, to)
			}
		}
	}
}

func TestImports_Reserved(t *testing.T) {
	tr := load(t)
	for _, f := range tr.files {
		if f.test || under(f.pkg, "tests") {
			continue
		}
		for _, imp := range f.ast.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			dirs, ok := reservedFor(path)
			if ok && !slices.ContainsFunc(dirs, func(d string) bool { return under(f.pkg, d) }) {
				t.Errorf("%s: %s may not import %s, only %q may", tr.at(imp), f.pkg, path, dirs)
			}
		}
	}
}

// TestImports_Resident: what stays in memory beside every container has none
// of the packages that make it large, by way of no package of this module.
func TestImports_Resident(t *testing.T) {
	const resident = "internal/loop"
	large := []string{"regexp", "reflect", "encoding/json", "fmt", "os", "net"}
	tr := load(t)
	seen := map[string]bool{}
	var visit func(pkg string)
	visit = func(pkg string) {
		if seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, f := range tr.files {
			if f.pkg != pkg || f.test {
				continue
			}
			for _, imp := range f.ast.Imports {
				path, _ := strconv.Unquote(imp.Path.Value)
				if slices.Contains(large, path) {
					t.Errorf("%s: %s is in the resident program", tr.at(imp), path)
				}
				if to, ours := strings.CutPrefix(path, module+"/"); ours {
					visit(to)
				}
			}
		}
	}
	visit(resident)
	if len(seen) < 2 {
		t.Errorf("%s imports nothing of this module", resident)
	}
}

func TestImports_External(t *testing.T) {
	known := []string{
		"github.com/coreos/go-systemd/v22", "github.com/creack/pty", "github.com/godbus/dbus/v5", "github.com/google/go-cmp",
		"github.com/hinshun/vt10x", "github.com/opencontainers/runtime-spec", "github.com/rogpeppe/go-internal", "github.com/spf13/cobra",
		"golang.org/x/sys", "golang.org/x/term", module,
	}
	tr := load(t)
	for _, f := range tr.files {
		for _, imp := range f.ast.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			first, _, _ := strings.Cut(path, "/")
			if strings.Contains(first, ".") && !slices.ContainsFunc(known, func(k string) bool { return under(path, k) }) {
				t.Errorf("%s: %s is no dependency of this module", tr.at(imp), path)
			}
		}
	}
}

func TestMayImport(t *testing.T) {
	tests := []struct {
		from, to string
		want     bool
	}{
		{"cmd/unitmon", "unit", true},
		{"internal/oci", "internal/sys", true},
		{"internal/oci", "internal/loop", false},
		{"internal/loop", "internal/logfile", true},
		{"internal/logfile", "internal/loop", false},
		{"internal/attach", "internal/loop", true},
		{"internal/loop", "internal/attach", false},
		{"unit", "journal", false},
		{"unit", "internal/container", false},
		{"unit", "unit/internal/name", true},
		{"unknown", "unit", false},
	}
	for _, tt := range tests {
		if got := mayImport(tt.from, tt.to); got != tt.want {
			t.Errorf("mayImport(%s, %s) = %v", tt.from, tt.to, got)
		}
	}
}
