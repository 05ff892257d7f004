package box

import (
	"testing"
)

func TestParseMount(t *testing.T) {
	tests := []struct {
		line string
		want mount
		ok   bool
	}{
		{"41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw", mount{"/", "/sys/fs/cgroup", "cgroup2"}, true},
		{`36 35 98:0 /a\040b /mnt\134x rw shared:1 master:2 - ext3 /dev/root rw`, mount{"/a b", `/mnt\x`, "ext3"}, true},
		{"36 35 98:0 / /mnt rw", mount{}, false},
		{"", mount{}, false},
	}
	for _, tt := range tests {
		if got, ok := parseMount(tt.line); got != tt.want || ok != tt.ok {
			t.Errorf("parseMount(%q) = %v, %v", tt.line, got, ok)
		}
	}
}

func FuzzParseMount(f *testing.F) {
	f.Add("41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw")
	f.Add(" - ")
	f.Fuzz(func(t *testing.T, line string) {
		if m, ok := parseMount(line); ok && (m.point == "" || m.fstype == "") {
			t.Errorf("parseMount(%q) = %v", line, m)
		}
	})
}

func TestBelow(t *testing.T) {
	tests := []struct {
		root, path, want string
		ok               bool
	}{
		{"/", "/a/b", "a/b", true},
		{"/a", "/a", ".", true},
		{"/a", "/ab", "", false},
		{"/a/b", "/a", "", false},
		{"/", "/..x", "..x", true},
	}
	for _, tt := range tests {
		if got, ok := below(tt.root, tt.path); ok != tt.ok || ok && got != tt.want {
			t.Errorf("below(%q, %q) = %q, %v", tt.root, tt.path, got, ok)
		}
	}
}

func TestInnerArgs(t *testing.T) {
	args, dirs := innerArgs([]string{"-test.v=true", "-test.testlogfile=/x/log", "-test.outputdir=/out"})
	if len(args) != 2 || len(dirs) != 1 || dirs[0] != "/out" {
		t.Errorf("got %q %q", args, dirs)
	}
}
