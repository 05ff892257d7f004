package sys

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestInotify(t *testing.T) {
	dir := t.TempDir()
	i, err := NewInotify()
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if err := i.WatchDir(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wait := func(what string) {
		t.Helper()
		if err := i.Wait(t.Context()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	wait("created")
	watch, err := i.WatchFile(f)
	if err != nil {
		t.Fatal(err)
	}
	change := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		wait(what)
	}
	_, err = f.WriteString("x")
	change("written", err)
	change("truncated", os.Truncate(path, 0))
	change("renamed", os.Rename(path, path+".1"))
	_, err = f.WriteString("x")
	change("written under another name", err)
	if err := i.Unwatch(watch); err != nil {
		t.Fatal(err)
	}
	if err := i.Unwatch(watch); err != nil {
		t.Errorf("a watch that is gone: %v", err)
	}
}

func TestInotify_Done(t *testing.T) {
	i, err := NewInotify()
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	reason := errors.New("reason")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error)
	go func() { done <- i.Wait(ctx) }()
	cancel(reason)
	if err := <-done; !errors.Is(err, reason) {
		t.Errorf("got %v", err)
	}
	if err := i.Wait(ctx); !errors.Is(err, reason) {
		t.Errorf("again: %v", err)
	}
	if err := i.WatchDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}
