package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/unitmon/unitmon"

// file is one Go file of the module.
type file struct {
	pkg  string // directory below the root, "." for the root
	name string // path below the root
	test bool
	ast  *ast.File
}

// tree is the parsed module.
type tree struct {
	set   *token.FileSet
	files []file
}

var parsed = sync.OnceValues(func() (*tree, error) { return parse("../..") })

// load returns the parsed module.
func load(t *testing.T) *tree {
	t.Helper()
	tr, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.files) < 10 {
		t.Fatalf("only %d files found", len(tr.files))
	}
	return tr
}

// parse reads all Go files below root, but those of other modules and what
// the go command leaves out.
func parse(root string) (*tree, error) {
	tr := &tree{set: token.NewFileSet()}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(rel)
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		f, err := parser.ParseFile(tr.set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		tr.files = append(tr.files, file{
			pkg: path.Dir(filepath.ToSlash(rel)), name: filepath.ToSlash(rel),
			test: strings.HasSuffix(rel, "_test.go"), ast: f,
		})
		return nil
	})
	return tr, err
}

func skipDir(rel string) error {
	base := filepath.Base(rel)
	if rel != "." && (base[0] == '.' || base[0] == '_' || base == "testdata" || rel == "bin" || rel == "tools") {
		return filepath.SkipDir
	}
	return nil
}

// at is where a node is, for messages.
func (tr *tree) at(n ast.Node) string {
	p := tr.set.Position(n.Pos())
	p.Filename = strings.TrimPrefix(filepath.ToSlash(p.Filename), "../../")
	return p.String()
}

// under reports whether pkg is dir or below it.
func under(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

// library reports whether a file is of a package for other programs or for
// cmd/: everything but commands and test code.
func (f file) library() bool {
	return !f.test && !under(f.pkg, "cmd") && !under(f.pkg, "tests")
}
