package oci

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDelete_NothingThere: a forced Delete does not call a runtime that can know
// no container, and calls it in every other case.
func TestDelete_NothingThere(t *testing.T) {
	r := fake(t, "runc", "exit 3")
	r.Root = t.TempDir()
	if err := r.Delete(t.Context(), "web", true); err != nil {
		t.Errorf("empty root: %v", err)
	}
	if err := r.Delete(t.Context(), "-x", true); err == nil {
		t.Error("an id that is none was accepted")
	}
	if err := r.Delete(t.Context(), "web", false); err == nil {
		t.Error("empty root, without force: the runtime was not called")
	}
	if err := os.Mkdir(filepath.Join(r.Root, "web"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.Delete(t.Context(), "web", true); err == nil {
		t.Error("container in the root: the runtime was not called")
	}
	for _, root := range []string{"", filepath.Join(r.Root, "missing")} {
		r.Root = root
		if err := r.Delete(t.Context(), "web", true); err == nil {
			t.Errorf("root %q: the runtime was not called", root)
		}
	}
}
