package wire

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// names lists a directory.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWrite(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	must(t, os.WriteFile(path, []byte("old content"), 0o600))
	old, err := os.Open(path)
	must(t, err)
	defer old.Close()
	tests := []struct {
		write func() error
		want  string
	}{
		{func() error { return WritePIDFile(path, 4711) }, "4711"},
		{func() error { return WriteExit(path, 0) }, "0"},
		{func() error { return WriteExit(path, 137) }, "137"},
		{func() error { return WriteExit(path, -1) }, "-1"},
	}
	for _, tt := range tests {
		must(t, tt.write())
		content, err := os.ReadFile(path)
		fi, err2 := os.Stat(path)
		if err := errors.Join(err, err2); err != nil || string(content) != tt.want || fi.Mode() != 0o644 {
			t.Errorf("%q, mode %v, %v, want %q", content, fi.Mode(), err, tt.want)
		}
	}
	// Whoever has the old file open sees nothing of it: the name was moved.
	if content, err := io.ReadAll(old); err != nil || string(content) != "old content" {
		t.Errorf("the old file: %q, %v", content, err)
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("left: %q", all)
	}
}

// TestWrite_Fails: the error names the path, and there is no temporary file.
func TestWrite_Fails(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	must(t, os.Mkdir(taken, 0o700))
	absent := filepath.Join(dir, "absent", "file")
	for _, path := range []string{taken, absent, filepath.Join(dir, strings.Repeat("x", 250))} {
		for _, err := range []error{WriteExit(path, 1), WritePIDFile(path, 1)} {
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if err := WriteExit(absent, 1); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := WritePIDFile(filepath.Join(dir, "pid"), 0); err == nil {
		t.Error("0 is a process number")
	}
	if all := names(t, dir); len(all) != 1 {
		t.Errorf("left: %q", all)
	}
}

func TestReadPIDFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pidfile")
	tests := []struct {
		content string
		want    int // 0 for an error
	}{
		{"1234", 1234},
		{"1234\n", 1234},
		{" \t\n\v\f\r+42 and more", 42},
		{"007", 7},
		{"0x10", 0},
		{"2147483647", 2147483647},
		{"2147483648", 0},
		{"99999999999999999999", 0},
		{"", 0},
		{"-5", 0},
		{"- 5", 0},
		{"no", 0},
		{strings.Repeat(" ", 64) + "5", 0},
	}
	for _, tt := range tests {
		must(t, os.WriteFile(path, []byte(tt.content), 0o600))
		pid, err := ReadPIDFile(path)
		if pid != tt.want || (err != nil) != (tt.want == 0) {
			t.Errorf("%q: %d, %v, want %d", tt.content, pid, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", tt.content, err)
		}
	}
}

// TestReadPIDFile_Unreadable: the texts are GLib's; a FIFO without a writer is
// an empty file.
func TestReadPIDFile_Unreadable(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent")
	_, err := ReadPIDFile(absent)
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "Failed to open file “"+absent+"”: No such file or directory" {
		t.Error(err)
	}
	if _, err := ReadPIDFile(dir); err == nil || err.Error() != "Error reading file “"+dir+"”: Is a directory" {
		t.Error(err)
	}
	must(t, unix.Mkfifo(absent, 0o600))
	if pid, err := ReadPIDFile(absent); err == nil || !strings.Contains(err.Error(), `no number in ""`) {
		t.Errorf("%d, %v", pid, err)
	}
}
