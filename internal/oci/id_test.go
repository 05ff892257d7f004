package oci

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestNewID(t *testing.T) {
	a, err := NewID()
	if err != nil || !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(a) {
		t.Fatalf("%q, %v", a, err)
	}
	if b, _ := NewID(); a == b {
		t.Errorf("twice %s", a)
	}
}

func TestReadPIDFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pid")
	for text, want := range map[string]int{
		"1": 1, "4194304\n": 4194304, " 7 ": 7,
		"": 0, "0": 0, "-1": 0, "x": 0, "1 2": 0, "99999999999": 0, strings.Repeat("1", 33): 0,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadPIDFile(path)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	if _, err := ReadPIDFile(path + "x"); err == nil || err.Error() != "pid file "+path+"x: no such file or directory" {
		t.Errorf("got %v", err)
	}
}
