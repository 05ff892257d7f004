package deb

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// pkg is the path of a version's package.
func pkg(version string) string {
	return filepath.Join(built, "dist", "unitmon_"+version+"_"+runtime.GOARCH+".deb")
}

// dpkg runs dpkg, also where its configuration leaves pages out, as in
// container images.
func dpkg(t *testing.T, args ...string) kit.Result {
	t.Helper()
	return kit.Run(t, append([]string{
		"env", "DEBIAN_FRONTEND=noninteractive", "dpkg",
		"--path-include=/usr/share/man/*", "--path-include=/usr/share/doc/*",
	}, args...)...)
}

func dpkgOK(t *testing.T, args ...string) {
	t.Helper()
	if r := dpkg(t, args...); r.Code != 0 {
		t.Fatalf("dpkg %s: exit code %d\n%s%s", args, r.Code, r.Stdout, r.Stderr)
	}
}

// status is what dpkg knows of the package: "installed 1.0.0".
func status(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(kit.Run(t, "dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", "unitmon").Stdout)
}

// files are the package's files and links, without directories.
func files(t *testing.T) []string {
	t.Helper()
	var list []string
	for path := range strings.Lines(kit.OK(t, "dpkg", "--listfiles", "unitmon")) {
		path = strings.TrimSuffix(path, "\n")
		if info, err := os.Lstat(path); err != nil {
			t.Errorf("%s is in the package, but not there: %v", path, err)
		} else if !info.IsDir() {
			list = append(list, path)
		}
	}
	return list
}

// present is what /etc and /usr have, what is named after us below /var, and
// the directory of running containers.
func present(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, top := range []string{"/etc", "/usr", "/var", "/run/unitmon"} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err == nil && (top != "/var" || strings.Contains(path, "unitmon")) {
				all[path] = true
			}
			return nil // what vanishes meanwhile is not there
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
