package oom

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// events is the text of a memory.events.
func events(maximum, oom, kill, group int) string {
	return fmt.Sprintf("low 0\nhigh 0\nmax %d\noom %d\noom_kill %d\noom_group_kill %d\n", maximum, oom, kill, group)
}

// fake is a directory with the files of a cgroup. They can be written to like
// the kernel does it: in place.
type fake struct {
	t   *testing.T
	dir string
}

func (f fake) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f fake) open(unified bool) *Watcher {
	f.t.Helper()
	w, err := Open(Cgroup{Dir: f.dir, Unified: unified})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() {
		if err := w.Close(); err != nil {
			f.t.Error(err)
		}
	})
	return w
}

// await waits for an event.
func await(t *testing.T, w *Watcher) {
	t.Helper()
	if !poll(t, w, -1) {
		t.Fatal("no event")
	}
}

func poll(t *testing.T, w *Watcher, timeout int) bool {
	t.Helper()
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(w.FD()), Events: unix.POLLIN}}, timeout)
		if err == nil {
			return n > 0
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
}

// see waits for an event and checks what it is taken for.
func see(t *testing.T, w *Watcher, want bool) {
	t.Helper()
	await(t, w)
	if oom, err := w.Ready(); oom != want || err != nil {
		t.Errorf("OOM %v, %v, want %v", oom, err, want)
	}
	if poll(t, w, 0) {
		t.Error("readable again without a reason")
	}
}

func TestWatcher_Unified(t *testing.T) {
	f := fake{t, t.TempDir()}
	f.write("memory.events", events(3, 2, 1, 0)) // of an earlier container
	w := f.open(true)
	if oom, err := w.Ready(); oom || err != nil {
		t.Errorf("at once: %v, %v", oom, err)
	}
	// An event that is no OOM ends the watch of conmon 2.2.1.
	f.write("memory.events", events(4, 2, 1, 0))
	see(t, w, false)
	f.write("memory.events", events(5, 3, 1, 0))
	see(t, w, true)
	f.write("memory.events", events(6, 3, 1, 0))
	see(t, w, false)
	f.write("memory.events", events(6, 3, 2, 0))
	see(t, w, true)
	f.write("memory.events", events(6, 3, 2, 1))
	see(t, w, true)

	f.write("memory.events", events(6, 4, 2, 1))
	if oom, err := w.Final(false); !oom || err != nil {
		t.Errorf("at last: %v, %v", oom, err)
	}
	if oom, err := w.Final(false); oom || err != nil {
		t.Errorf("after that: %v, %v", oom, err)
	}
}

// TestWatcher_Local: with memory_localevents the one file, else the other may
// be the only one that changes.
func TestWatcher_Local(t *testing.T) {
	f := fake{t, t.TempDir()}
	f.write("memory.events", events(0, 0, 0, 0))
	f.write("memory.events.local", events(0, 1, 1, 0))
	w := f.open(true)
	f.write("memory.events.local", events(0, 1, 2, 0))
	see(t, w, true)
	f.write("memory.events", events(0, 1, 0, 0))
	see(t, w, true)
}

// TestWatcher_Removed: a fake that is removed can still be read.
func TestWatcher_Removed(t *testing.T) {
	f := fake{t, t.TempDir()}
	f.write("memory.events", events(0, 0, 0, 0))
	w := f.open(true)
	f.write("memory.events", events(0, 1, 1, 0))
	if err := os.RemoveAll(f.dir); err != nil {
		t.Fatal(err)
	}
	if oom, err := w.Final(false); !oom || err != nil {
		t.Errorf("%v, %v", oom, err)
	}
}

// TestWatcher_Unknown: an event whose counters are gone is not taken for one
// without an OOM.
func TestWatcher_Unknown(t *testing.T) {
	f := fake{t, t.TempDir()}
	f.write("memory.events", events(0, 0, 0, 0))
	w := f.open(true)
	u := w.source.(*unified)
	u.files[0].read = func(int, []byte) (int, error) { return 0, unix.ENODEV }
	if oom, err := w.Final(false); oom || err != nil {
		t.Errorf("without an event: %v, %v", oom, err)
	}
	f.write("memory.events", events(0, 1, 0, 0))
	if oom, err := w.Final(false); oom || !errors.Is(err, ErrUnknown) {
		t.Errorf("with one: %v, %v", oom, err)
	}
}

// TestWatcher_Above: once the cgroup is gone, a kill counted above it is the
// container's, if that was killed after it had met a limit.
func TestWatcher_Above(t *testing.T) {
	for _, tt := range []struct {
		name             string
		met, rises, dead bool
		want             bool
	}{
		{"killed for it", true, true, true, true},
		{"killed by somebody", true, false, true, false},
		{"met no limit", false, true, true, false},
		{"not killed", true, true, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			slice := fake{t, t.TempDir()}
			scope := fake{t, filepath.Join(slice.dir, "x.scope")}
			if err := os.Mkdir(scope.dir, 0o755); err != nil {
				t.Fatal(err)
			}
			slice.write("memory.events", events(9, 4, 4, 0))
			scope.write("memory.events", events(0, 0, 0, 0))
			w := scope.open(true)
			slice.write("memory.events", events(9, 5, 5, 0)) // another's
			if tt.met {
				scope.write("memory.events", events(1, 0, 0, 0))
				see(t, w, false)
			}
			if tt.rises {
				slice.write("memory.events", events(10, 6, 6, 0))
			}
			w.source.(*unified).files[0].read = func(int, []byte) (int, error) { return 0, unix.ENODEV }
			if oom, err := w.Final(tt.dead); oom != tt.want || err != nil {
				t.Errorf("%v, %v", oom, err)
			}
		})
	}
}

func TestOpen_Fails(t *testing.T) {
	before := openFiles(t)
	f := fake{t, t.TempDir()}
	for _, unified := range []bool{true, false} {
		if _, err := Open(Cgroup{f.dir + "/none", unified}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no directory: %v", err)
		}
		if _, err := Open(Cgroup{f.dir, unified}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no controller: %v", err)
		}
		f.write("memory.oom_control", "") // but no cgroup.event_control
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files open, before %d", after, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestWatcher_Nil(t *testing.T) {
	var w *Watcher
	if w.FD() != -1 {
		t.Errorf("FD %d", w.FD())
	}
	oom, err := w.Final(false)
	if oom || err != nil || w.Close() != nil {
		t.Errorf("%v, %v", oom, err)
	}
}
