package layout

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

const (
	maxFunction = 60  // lines, from func to the last brace
	maxFile     = 500 // lines
)

// selector returns "pkg.Name" of an expression such as time.Sleep, if the
// file imports pkg under that name.
func selector(n ast.Node) string {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if x, ok := s.X.(*ast.Ident); ok {
		return x.Name + "." + s.Sel.Name
	}
	return ""
}

// TestCalls_Forbidden: nothing sleeps, anywhere; only commands end the
// process or print.
func TestCalls_Forbidden(t *testing.T) {
	everywhere := map[string]string{
		"time.Sleep":     "wait for the event",
		"os.IsExist":     "errors.Is(err, fs.ErrExist)",
		"os.IsNotExist":  "errors.Is(err, fs.ErrNotExist)",
		"syscall.Wait4":  "os.Process.Wait, or a pidfd",
		"ioutil.ReadAll": "io.ReadAll",
	}
	inLibraries := map[string]string{
		"os.Exit":     "return an error",
		"os.Create":   "os.OpenFile with O_EXCL, or an atomic replacement",
		"fmt.Print":   "return an error",
		"fmt.Println": "return an error",
		"fmt.Printf":  "return an error",
		"time.Tick":   "time.NewTicker, stopped",
	}
	tr := load(t)
	for _, f := range tr.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			name := selector(n)
			if instead, bad := everywhere[name]; bad {
				t.Errorf("%s: %s is not used here: %s", tr.at(n), name, instead)
			}
			if instead, bad := inLibraries[name]; bad && f.library() {
				t.Errorf("%s: %s in a library: %s", tr.at(n), name, instead)
			}
			return true
		})
	}
}

// TestNoGlobals: libraries have no init, and no package variables but error
// sentinels, compile-time checks and tables that nothing writes to.
func TestNoGlobals(t *testing.T) {
	tr := load(t)
	for _, f := range tr.files {
		if !f.library() {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s: init function", tr.at(d))
				}
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					checkVars(t, tr, f, d)
				}
			}
		}
	}
}

func checkVars(t *testing.T, tr *tree, f file, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		v := s.(*ast.ValueSpec)
		for i, name := range v.Names {
			switch {
			case name.Name == "_":
			case len(v.Values) != len(v.Names):
				t.Errorf("%s: variable %s has no value of its own", tr.at(name), name.Name)
			case !constant(v.Values[i]):
				t.Errorf("%s: variable %s is neither a sentinel nor a table", tr.at(name), name.Name)
			case tr.written(f.pkg, name.Name):
				t.Errorf("%s: variable %s is written to", tr.at(name), name.Name)
			}
		}
	}
}

// constant reports whether an expression is a sentinel or a table of values
// that are known when the program is compiled.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.CompositeLit, *ast.BasicLit, *ast.FuncLit:
		return true
	case *ast.CallExpr:
		if _, conversion := e.Fun.(*ast.ArrayType); conversion { // []byte("text")
			return true
		}
		switch selector(e.Fun) {
		case "errors.New", "fmt.Errorf", "strings.NewReplacer", "sync.OnceValue", "sync.OnceValues":
			return true
		}
	case *ast.SelectorExpr, *ast.Ident, *ast.BinaryExpr, *ast.UnaryExpr:
		return true
	}
	return false
}

// written reports whether package-level variable name of pkg is assigned to,
// itself or an element or field of it, or has its address taken.
func (tr *tree) written(pkg, name string) bool {
	found := false
	for _, f := range tr.files {
		if f.pkg != pkg || f.test {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, lhs := range n.Lhs {
					found = found || n.Tok != token.DEFINE && root(lhs) == name
				}
			case *ast.IncDecStmt:
				found = found || root(n.X) == name
			case *ast.UnaryExpr:
				found = found || n.Op == token.AND && root(n.X) == name
			}
			return !found
		})
	}
	return found
}

// root returns the name that an expression such as a[i].f begins with.
func root(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func TestSizes(t *testing.T) {
	tr := load(t)
	for _, f := range tr.files {
		if f.test {
			continue
		}
		if n := tr.set.Position(f.ast.FileEnd).Line; n > maxFile {
			t.Errorf("%s has %d lines, more than %d", f.name, n, maxFile)
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := tr.set.Position(fn.End()).Line - tr.set.Position(fn.Pos()).Line + 1
			if n > maxFunction {
				t.Errorf("%s: %s has %d lines, more than %d", tr.at(fn), fn.Name.Name, n, maxFunction)
			}
		}
	}
}

// TestDocumented: every package, and every exported name outside commands, has
// a comment; that of a function or type begins with its name.
func TestDocumented(t *testing.T) {
	tr := load(t)
	packages := map[string]bool{}
	for _, f := range tr.files {
		packages[f.pkg] = packages[f.pkg] || f.ast.Doc != nil
		if f.test || f.ast.Name.Name == "main" {
			continue
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) {
					checkDoc(t, tr, d, d.Name.Name, d.Doc)
				}
			case *ast.GenDecl:
				checkSpecs(t, tr, d)
			}
		}
	}
	for pkg, has := range packages {
		if !has {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

func checkSpecs(t *testing.T, tr *tree, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			doc := s.Doc
			if doc == nil && len(d.Specs) == 1 {
				doc = d.Doc
			}
			if s.Name.IsExported() {
				checkDoc(t, tr, s, s.Name.Name, doc)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					t.Errorf("%s: %s has no comment", tr.at(name), name.Name)
				}
			}
		}
	}
}

// exportedReceiver reports whether a function is no method, or one of an
// exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if p, ok := typ.(*ast.StarExpr); ok {
		typ = p.X
	}
	switch g := typ.(type) {
	case *ast.IndexExpr:
		typ = g.X
	case *ast.IndexListExpr:
		typ = g.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

func checkDoc(t *testing.T, tr *tree, n ast.Node, name string, doc *ast.CommentGroup) {
	t.Helper()
	if doc == nil {
		// Methods whose contract an interface of the standard library is.
		switch name {
		case "Error", "String", "Unwrap", "Is", "Close", "Len", "Less", "Swap", "Read", "Write":
			return
		}
		t.Errorf("%s: %s has no comment", tr.at(n), name)
		return
	}
	text := strings.TrimSpace(doc.Text())
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	if !strings.HasPrefix(text, name) && !strings.HasPrefix(text, "Deprecated:") {
		t.Errorf("%s: the comment of %s does not begin with it", tr.at(n), name)
	}
}
