package oom

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestResume: what has come between two watches is seen by the second.
func TestResume(t *testing.T) {
	for _, tt := range []struct {
		name, before, between string
		want                  bool
	}{
		{"nothing", events(3, 2, 1, 0), events(3, 2, 1, 0), false},
		{"a limit", events(3, 2, 1, 0), events(4, 2, 1, 0), false},
		{"a kill", events(3, 2, 1, 0), events(4, 2, 2, 0), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := fake{t, t.TempDir()}
			f.write("memory.events", tt.before)
			f.write("memory.events.local", tt.before)
			seen := f.open(true).Seen()
			f.write("memory.events", tt.between)
			w := f.resume(seen)
			if oom, err := w.Ready(); oom != tt.want || err != nil {
				t.Errorf("%v, %v, want %v", oom, err, tt.want)
			}
			if oom, err := w.Ready(); oom || err != nil {
				t.Errorf("once more: %v, %v", oom, err)
			}
			f.write("memory.events", events(9, 9, 9, 9))
			see(t, w, true)
		})
	}
}

func (f fake) resume(s Seen) *Watcher {
	f.t.Helper()
	w, err := Resume(s)
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

// TestResume_Gone: the cgroup was removed when nobody watched.
func TestResume_Gone(t *testing.T) {
	for _, tt := range []struct {
		name               string
		met, rises, killed bool
		want               bool
		err                error
	}{
		{"killed for it", true, true, true, true, nil},
		{"killed by somebody", true, false, true, false, nil},
		{"not killed", true, true, false, false, nil},
		{"it may have met a limit", false, true, true, false, ErrUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			slice := fake{t, t.TempDir()}
			scope := fake{t, filepath.Join(slice.dir, "x.scope")}
			inner := fake{t, filepath.Join(scope.dir, "container")}
			if err := os.MkdirAll(inner.dir, 0o755); err != nil {
				t.Fatal(err)
			}
			slice.write("memory.events", events(9, 4, 4, 0))
			scope.write("memory.events", events(0, 0, 0, 0))
			inner.write("memory.events", events(0, 0, 0, 0))
			first := inner.open(true)
			if tt.met {
				inner.write("memory.events", events(1, 0, 0, 0))
				see(t, first, false)
			}
			seen := first.Seen()
			if err := os.RemoveAll(scope.dir); err != nil {
				t.Fatal(err)
			}
			if tt.rises {
				slice.write("memory.events", events(10, 5, 5, 0))
			}
			w := slice.resume(seen)
			if again := slice.resume(w.Seen()); again.Seen().Dir != seen.Dir {
				t.Errorf("the next one has %+v, want %+v", again.Seen(), seen)
			}
			if oom, err := w.Ready(); oom || err != nil {
				t.Errorf("at once: %v, %v", oom, err)
			}
			if oom, err := w.Final(tt.killed); oom != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%v, %v, want %v, %v", oom, err, tt.want, tt.err)
			}
		})
	}
}

func TestResume_Legacy(t *testing.T) {
	k, w := newKernel(t)
	seen := w.Seen()
	k.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
	if oom, err := k.resume(seen).Ready(); !oom || err != nil {
		t.Errorf("%v, %v", oom, err)
	}
	if err := os.RemoveAll(k.dir); err != nil {
		t.Fatal(err)
	}
	if w, err := Resume(seen); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is gone: %v, %v", w, err)
	}
}

// FuzzResume: whatever is said to have been seen, nothing breaks.
func FuzzResume(f *testing.F) {
	f.Add(true, 12)
	f.Add(true, 1)
	f.Add(false, 0)
	f.Fuzz(func(t *testing.T, unified bool, n int) {
		dir := t.TempDir()
		if n%2 == 0 {
			dir = filepath.Join(dir, "gone")
		} else if err := os.WriteFile(filepath.Join(dir, "memory.events"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := Resume(Seen{Dir: dir, Unified: unified, Counts: make([]Counts, max(n, -n, 0)%64)})
		if err != nil {
			return
		}
		_, _ = w.Final(true)
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}
