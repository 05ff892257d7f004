package deb

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// TestReproducible: the same tree makes the same package.
func TestReproducible(t *testing.T) {
	one, err := os.ReadFile(pkg(newer))
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(filepath.Join(built, "again", filepath.Base(pkg(newer))))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("two builds differ")
	}
}

// TestInstall: what "make install" puts into a directory "make uninstall" takes
// away, and nothing else.
func TestInstall(t *testing.T) {
	dest := t.TempDir()
	foreign := filepath.Join(dest, "usr/local/bin/other")
	write(t, foreign, "")
	hack := func(verb string) string {
		t.Helper()
		return kit.OK(t, "env", "DESTDIR="+dest, "BIN="+built+"/bin", "DIST="+built+"/dist", "../../hack/install", verb)
	}
	listed := strings.Count(hack("list"), "\n")
	hack("install")
	if got := len(tree(t, dest)) - 1; got != listed {
		t.Errorf("%d files are there, %d are listed", got, listed)
	}
	hack("uninstall")
	if got := tree(t, dest); len(got) != 1 || got[0] != foreign {
		t.Errorf("uninstall leaves %s", got)
	}
}

// tree are the files and links below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
