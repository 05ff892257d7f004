package oci

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestFind_Missing(t *testing.T) {
	_, err := Find(t.Context(), "no-such-runtime")
	if want := "runtime no-such-runtime: executable file not found in $PATH"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("%v does not wrap exec.ErrNotFound", err)
	}
	_, err = Find(t.Context(), "/nonexistent/runc")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestFind_Broken(t *testing.T) {
	r := fake(t, "runc", `echo 'time="x" level=error msg="cannot" ' >&2; exit 4`)
	_, err := Find(t.Context(), r.Path)
	if want := "runtime " + r.Path + ": --version: exit status 4: cannot"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	r = fake(t, "runc", `echo runc version 9`)
	found, err := Find(t.Context(), r.Path)
	if err != nil || found.Path != r.Path || found.Name != "runc" || found.Rootless != (os.Geteuid() != 0) {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestFind_NamesAllThatFailed puts two broken runtimes first in PATH.
func TestFind_NamesAllThatFailed(t *testing.T) {
	dir := t.TempDir()
	for _, name := range preferred() {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nexit 9\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, err := Find(context.Background(), "")
	want := "no runtime works: " + dir + "/crun: --version: exit status 9; " + dir + "/runc: --version: exit status 9"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestQuirksOf(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/bin/runc": "runc", "runc-1.2": "runc", "crun.real": "crun", "runsc": "runsc", "runcible": "runcible", "youki": "youki",
	} {
		if got := quirksOf(path).name; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

// TestTables asserts that every text is a regular expression.
func TestTables(t *testing.T) {
	for _, e := range exitTexts() {
		if _, err := regexp.Compile(e.text); err != nil {
			t.Error(err)
		}
	}
}

func TestProbeCrun(t *testing.T) {
	for version, want := range map[string]bool{
		"crun version 1.8.1\ncommit: f8": false, "crun version 1.13": false, "crun version 1.14.4": true,
		"crun version 2.0": true, "crun version UNKNOWN": false, "": false,
	} {
		if got := crunIgnoresMemlock(version); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
	if !hasCapability("CapPrm:\t0\nCapEff:\t0000000001000000\n", capSysResource) || hasCapability("CapEff:\t0000000000ffffff", capSysResource) {
		t.Error("CapEff is not understood")
	}
	const line = "Max cpu time  unlimited unlimited seconds\nMax locked memory         8388608   HARD   bytes\n"
	if !memlockInfinite(strings.Replace(line, "HARD", "unlimited", 1)) || memlockInfinite(strings.Replace(line, "HARD", "8388608", 1)) {
		t.Error("the limit is not understood")
	}
}
