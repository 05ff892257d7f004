package oci

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	specs "github.com/opencontainers/runtime-spec/specs-go"
)

func TestHostRoot(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"usr", "etc", "proc", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("usr/bin", filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := topLevel(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{{"bin", "usr/bin"}, {"etc", ""}, {"proc", ""}, {"tmp", ""}, {"usr", ""}}
	if diff := cmp.Diff(want, entries, cmp.AllowUnexported(entry{})); diff != "" {
		t.Fatalf("entries (-want +got):\n%s", diff)
	}
	mounts := []specs.Mount{
		mount("/etc", "bind", "/etc", "rbind", "ro", "rro"),
		mount("/usr", "bind", "/usr", "rbind", "ro", "rro"),
		mount("/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=755"),
		mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777"),
	}
	if diff := cmp.Diff(mounts, hostMounts(entries)); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	skeletonRoundTrip(t, entries)
}

func skeletonRoundTrip(t *testing.T, entries []entry) {
	b := &Bundle{Spec: defaultSpec(), skeleton: entries}
	out := t.TempDir()
	for range 2 { // the second time over what the first made
		if err := b.Write(out); err != nil {
			t.Fatal(err)
		}
	}
	got, err := topLevel(filepath.Join(out, "rootfs"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(entries, got, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("skeleton (-want +got):\n%s", diff)
	}
}

func TestWrite_SkeletonInTheWay(t *testing.T) {
	out := t.TempDir()
	if err := os.MkdirAll(filepath.Join(out, "rootfs/bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	b := &Bundle{Spec: defaultSpec(), skeleton: []entry{{"bin", "usr/bin"}}}
	if err := b.Write(out); err == nil {
		t.Error("a directory was taken for a link")
	}
	if _, err := os.Stat(filepath.Join(out, "config.json")); err == nil {
		t.Error("config.json was written into a bundle that is not complete")
	}
}

// TestWrite_Mode asserts the mode and that no temporary file stays.
func TestWrite_Mode(t *testing.T) {
	out := t.TempDir()
	if err := (&Bundle{Spec: defaultSpec()}).Write(out); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(out)
	if err != nil || len(list) != 1 {
		t.Fatalf("files %v, error %v", list, err)
	}
	fi, err := list[0].Info()
	if err != nil || fi.Name() != "config.json" || fi.Mode() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
}

func TestMountable(t *testing.T) {
	mounts := append(hostMounts([]entry{{name: "etc"}}), mount("/etc/x", "bind", "/elsewhere", "rbind", "ro", "rro"))
	for dst, ok := range map[string]bool{
		"/etc/passwd": true, "/etc/nope": false, "/tmp/nope": true, "/run/a/b": true, "/new": true, "/etcetera": true, "/etc/x/y": true,
	} {
		if err := mountable(mounts, dst); (err == nil) != ok {
			t.Errorf("%s: %v", dst, err)
		}
	}
}
