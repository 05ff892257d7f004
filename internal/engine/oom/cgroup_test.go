package oom

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLocate(t *testing.T) {
	const hybrid = "9:name=systemd:/a\n4:cpu,memory:/b\n0::/c\n"
	tests := []struct {
		text    string
		unified bool
		want    string
	}{
		{"0::/machine.slice/libpod-x.scope/container\n", true, "/sys/fs/cgroup/machine.slice/libpod-x.scope/container"},
		{"0::/\n", true, "/sys/fs/cgroup"},
		{"0::/a:b c\n", true, "/sys/fs/cgroup/a:b c"},
		{"1:memory:/x\n0::/y", true, "/sys/fs/cgroup/y"},
		{hybrid, false, "/sys/fs/cgroup/memory/b"},
		{hybrid, true, "/sys/fs/cgroup/c"},
		{"5:memory,x:/\n", false, "/sys/fs/cgroup/memory"},

		{"0::/c\n", false, ""},
		{"4:memory_x:/b\n4:x:memory\n", false, ""},
		{"4:memory:/b\n", true, ""},
		{"0::/../x\n", true, ""},
		{"0::/x/../../y\n", true, ""},
		{"0::\n", true, ""},
		{"0:\n0\n\n", true, ""},
		{"0::x\n", true, ""},
		{"", true, ""},
	}
	for _, tt := range tests {
		c, err := locate(tt.text, tt.unified)
		if c.Dir != tt.want || (err != nil) != (tt.want == "") || err == nil && c.Unified != tt.unified {
			t.Errorf("%q: %+v, %v, want %q", tt.text, c, err, tt.want)
		}
	}
	if _, err := locate("0::/x (deleted)\n", true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a removed one: %v", err)
	}
}

// FuzzLocate: whatever the kernel says, the place is one below the mount.
func FuzzLocate(f *testing.F) {
	f.Add("4:memory:/a\n0::/b\n", true)
	f.Add("4:memory:/../a\n", false)
	f.Add("0::/a (deleted)", true)
	f.Fuzz(func(t *testing.T, text string, unified bool) {
		c, err := locate(text, unified)
		if err == nil && (c.Dir != root && !strings.HasPrefix(c.Dir, root+"/") || c.Dir != filepath.Clean(c.Dir)) {
			t.Errorf("%q: %+v", text, c)
		}
	})
}

func TestFind_Gone(t *testing.T) {
	if _, err := Watch(1 << 30); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestFiles(t *testing.T) {
	persist, bundle := t.TempDir(), t.TempDir()
	check := func() {
		t.Helper()
		for _, dir := range []string{persist, bundle} {
			fi, err := os.Stat(filepath.Join(dir, "oom"))
			if err != nil || fi.Size() != 0 || fi.Mode() != 0o644 {
				t.Errorf("%v, %v", fi, err)
			}
		}
	}
	for range 2 { // the second time they are there
		if err := Files(persist, bundle); err != nil {
			t.Error(err)
		}
		check()
	}
	// The engine may take them away.
	if err := os.Remove(filepath.Join(bundle, "oom")); err != nil {
		t.Fatal(err)
	}
	if err := Files("", bundle); err != nil {
		t.Error(err)
	}
	check()
	// One that cannot be written does not keep the other from it.
	if err := os.Remove(filepath.Join(bundle, "oom")); err != nil {
		t.Fatal(err)
	}
	if err := Files(filepath.Join(persist, "none"), bundle); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	check()
	if err := Files("", ""); err != nil {
		t.Error(err)
	}
}
