package wire

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSocketLinkPath(t *testing.T) {
	dir := "/" + strings.Repeat("d", 50) // 51 bytes, and the slash
	tests := []struct{ dir, name, want string }{
		{"/var/run/crio", "abc", "/var/run/crio/abc"},
		{"/var/run/crio//", "/abc", "/var/run/crio/abc"},
		{"/", "abc", "/abc"},
		{"", "abc", "abc"},
		{dir, strings.Repeat("n", 54), dir + "/" + strings.Repeat("n", 54)}, // 106
		{dir, strings.Repeat("n", 55), dir + "/" + strings.Repeat("n", 54)}, // 107
		{dir, strings.Repeat("n", 56), dir + "/" + strings.Repeat("n", 56)}, // 108
	}
	for _, tt := range tests {
		if got := SocketLinkPath(tt.dir, tt.name); got != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.dir, tt.name, got, tt.want)
		}
	}
}

// TestSocketLink: for all lengths about 107 the link is where CRI-O looks, in
// the place of what was there, and goes again.
func TestSocketLink(t *testing.T) {
	dir, bundle := t.TempDir(), t.TempDir()
	for length := 105; length <= 109; length++ {
		name := strings.Repeat("n", length-len(dir)-1)
		for range 2 {
			path, err := SocketLink(dir, name, bundle)
			must(t, err)
			want := filepath.Join(dir, name)
			if length == 107 {
				want = want[:106]
			}
			if to, err := os.Readlink(path); path != want || to != bundle || err != nil {
				t.Errorf("%d: %s leads to %s, %v", length, path, to, err)
			}
		}
		path, err := SocketLink(dir, name, bundle)
		must(t, errors.Join(err, RemoveSocketLink(path, bundle), RemoveSocketLink(path, bundle)))
		if all := names(t, dir); len(all) != 0 {
			t.Fatalf("%d: left %q", length, all)
		}
	}
}

// TestSocketLink_Relative: the link also works from elsewhere.
func TestSocketLink_Relative(t *testing.T) {
	bundle, dir := t.TempDir(), t.TempDir()
	t.Chdir(bundle)
	path, err := SocketLink(dir, "id", ".")
	must(t, err)
	if to, err := os.Readlink(path); to != bundle || err != nil {
		t.Errorf("%s, %v", to, err)
	}
	must(t, RemoveSocketLink(path, "."))
	if all := names(t, dir); len(all) != 0 {
		t.Errorf("left: %q", all)
	}
}

func TestSocketLink_Fails(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	must(t, os.Mkdir(taken, 0o700)) // empty: os.Remove would remove it
	if path, err := SocketLink(dir, "taken", dir); err == nil || path != "" || !strings.Contains(err.Error(), taken) {
		t.Errorf("%q, %v", path, err)
	}
	if _, err := SocketLink(filepath.Join(dir, "absent"), "id", dir); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := SocketLink(dir, "", dir); err == nil {
		t.Error("a link without a name")
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("left: %q", all)
	}
}

// TestRemoveSocketLink_Others: a successor's link, or a file, stays.
func TestRemoveSocketLink_Others(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "id")
	must(t, os.Symlink("/another", path))
	must(t, RemoveSocketLink(path, dir))
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	must(t, RemoveSocketLink(file, dir))
	if all := names(t, dir); len(all) != 2 {
		t.Errorf("left: %q", all)
	}
}
