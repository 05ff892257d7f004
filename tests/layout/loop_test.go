package layout

import (
	"go/ast"
	"testing"
)

// TestLoop_NeedsNoRuntime: the relay's loop also runs without the Go runtime,
// so nothing in it may need one. This is what the syntax shows; whether the
// compiler puts anything on the heap, "hack/escapes ./internal/loop" shows.
func TestLoop_NeedsNoRuntime(t *testing.T) {
	tr := load(t)
	for _, f := range tr.files {
		if f.test || f.pkg != "internal/loop" {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if what := needsRuntime(n); what != "" {
				t.Errorf("%s: %s in the loop", tr.at(n), what)
			}
			return true
		})
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
