package layout

import (
	"go/ast"
	"slices"
	"testing"
)

// freestanding are the packages whose code also runs without the Go runtime:
// the relay's loop and what it calls, without their subpackages.
var freestanding = []string{"internal/loop", "internal/logfile"}

// TestLoop_NeedsNoRuntime: nothing in these packages may need the runtime. This
// is what the syntax shows; whether the compiler puts anything on the heap,
// hack/escapes shows, which "make lint" runs on the same packages.
func TestLoop_NeedsNoRuntime(t *testing.T) {
	tr := load(t)
	found := map[string]bool{}
	for _, f := range tr.files {
		if f.test || !slices.Contains(freestanding, f.pkg) {
			continue
		}
		found[f.pkg] = true
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if what := needsRuntime(n); what != "" {
				t.Errorf("%s: %s in the loop", tr.at(n), what)
			}
			return true
		})
	}
	for _, pkg := range freestanding {
		if !found[pkg] {
			t.Errorf("no package %s", pkg)
		}
	}
}

// needsRuntime names what a node needs the runtime for; "" if for nothing.
func needsRuntime(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "go statement"
	case *ast.DeferStmt:
		return "defer statement"
	case *ast.SelectStmt:
		return "select statement"
	case *ast.SendStmt:
		return "send statement"
	case *ast.ChanType:
		return "channel"
	case *ast.MapType:
		return "map"
	case *ast.FuncLit:
		return "function literal"
	case *ast.InterfaceType:
		return "interface"
	case *ast.TypeAssertExpr:
		return "type assertion"
	case *ast.CallExpr:
		return neededByCall(n)
	case *ast.Ident:
		if n.Name == "error" || n.Name == "any" {
			return "interface " + n.Name
		}
	}
	return ""
}

func neededByCall(c *ast.CallExpr) string {
	if name, ok := c.Fun.(*ast.Ident); ok {
		switch name.Name {
		case "append", "make", "new", "print", "println", "recover":
			return "call of " + name.Name
		}
	}
	return ""
}
