package sdproxy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestListen_Mode: every user of the container may send, whatever our umask.
func TestListen_Mode(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	bundle := newBundle(t)
	listen(t, bundle, "/nobody")
	fi, err := os.Lstat(filepath.Join(bundle, "notify/notify.sock"))
	if err != nil || fi.Mode() != fs.ModeSocket|0o777 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
}

// TestListen_Again: the socket of an earlier run, or what a container has put
// in its place, is replaced, and nothing outside is touched.
func TestListen_Again(t *testing.T) {
	bundle := newBundle(t)
	path := filepath.Join(bundle, "notify/notify.sock")
	listen(t, bundle, "/nobody")
	listen(t, bundle, "/nobody")

	target := filepath.Join(t.TempDir(), "target")
	if err := os.WriteFile(target, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(path), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
	listen(t, bundle, "/nobody")
	fi, err := os.Lstat(path)
	if err != nil || fi.Mode().Type() != fs.ModeSocket {
		t.Errorf("%v, %v", fi, err)
	}
	if fi, err := os.Stat(target); err != nil || fi.Mode() != 0o600 {
		t.Errorf("the link's target: %v, %v", fi.Mode(), err)
	}
}

func TestListen_Fails(t *testing.T) {
	before := descriptors(t)
	if _, err := Listen(t.TempDir(), "/nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without the directory: %v", err)
	}
	bundle := newBundle(t)
	if err := os.Mkdir(filepath.Join(bundle, "notify/notify.sock"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(bundle, "/nobody"); err == nil || !strings.Contains(err.Error(), bundle) {
		t.Errorf("with a directory in its place: %v", err)
	}
	if after := descriptors(t); len(after) != len(before) {
		t.Errorf("descriptors %v, before %v", after, before)
	}
}

// TestListen_LongPath: bundles of podman have paths beyond the 107 bytes of a
// socket address.
func TestListen_LongPath(t *testing.T) {
	bundle := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.MkdirAll(filepath.Join(bundle, "notify"), 0o700); err != nil {
		t.Fatal(err)
	}
	name := abstractName(t)
	r := &rig{t: t, path: name, Proxy: listen(t, bundle, name)}
	r.bind()
	// As in the container, where the directory has a short path.
	short := filepath.Join(t.TempDir(), "run")
	if err := os.Symlink(filepath.Join(bundle, "notify"), short); err != nil {
		t.Fatal(err)
	}
	r.container = open(t, filepath.Join(short, "notify.sock"))
	if err := r.say("READY=1"); err != nil {
		t.Error(err)
	}
	r.expect("READY=1")
}
