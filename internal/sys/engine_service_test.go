package sys

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestTimer_SetAt: a time that has come already is right away.
func TestTimer_SetAt(t *testing.T) {
	timer, err := NewTimer()
	if err != nil {
		t.Fatal(err)
	}
	defer timer.Close()
	poll, err := NewPoll()
	if err != nil {
		t.Fatal(err)
	}
	defer poll.Close()
	if err := poll.Add(timer.FD(), 7); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{1, Monotonic() + time.Millisecond} {
		if err := timer.SetAt(at); err != nil {
			t.Fatal(err)
		}
		if tags, err := poll.Wait(nil); err != nil || len(tags) != 1 || Monotonic() < at {
			t.Errorf("%v, %v at %v, want it at %v", tags, err, Monotonic(), at)
		}
	}
	for _, at := range []time.Duration{0, Monotonic() + time.Hour} {
		if err := timer.SetAt(at); err != nil {
			t.Fatal(err)
		}
		if tags, err := poll.Ready(nil); err != nil || len(tags) != 0 {
			t.Errorf("%v: %v, %v", at, tags, err)
		}
	}
}

// TestFileID: a socket that is bound keeps its ID, though its name is another's.
func TestFileID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	bind := func() (*net.UnixListener, FileID) {
		t.Helper()
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		l.SetUnlinkOnClose(false)
		id, err := FileIDOf(path)
		if again, err2 := FileIDOf(path); err != nil || err2 != nil || again != id || id == (FileID{}) {
			t.Fatalf("%v, %v; again %v, %v", id, err, again, err2)
		}
		return l, id
	}
	first, one := bind()
	defer first.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := FileIDOf(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	second, two := bind()
	defer second.Close()
	if one == two {
		t.Errorf("two files have ID %v", one)
	}
}
