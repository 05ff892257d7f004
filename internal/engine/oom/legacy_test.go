package oom

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// kernel plays that of a fake cgroup v1: it reads which eventfd was registered.
type kernel struct {
	fake
	event int
}

func newKernel(t *testing.T) (*kernel, *Watcher) {
	t.Helper()
	k := &kernel{fake: fake{t, t.TempDir()}}
	k.write(registrar, "")
	k.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
	w := k.open(false)
	text, err := os.ReadFile(filepath.Join(k.dir, registrar))
	if err != nil {
		t.Fatal(err)
	}
	var control int
	if _, err := fmt.Sscan(string(text), &k.event, &control); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	to, err := os.Readlink(filepath.Join("/proc/self/fd", strconv.Itoa(control)))
	if err != nil || to != filepath.Join(k.dir, "memory.oom_control") {
		t.Errorf("registered for %s, %v", to, err)
	}
	return k, w
}

func (k *kernel) signal(n uint64) {
	k.t.Helper()
	if _, err := unix.Write(k.event, binary.NativeEndian.AppendUint64(nil, n)); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kernel) remove() {
	k.t.Helper()
	if err := os.Remove(filepath.Join(k.dir, registrar)); err != nil {
		k.t.Fatal(err)
	}
}

func TestWatcher_Legacy(t *testing.T) {
	k, w := newKernel(t)
	if oom, err := w.Ready(); oom || err != nil {
		t.Errorf("at once: %v, %v", oom, err)
	}
	for range 2 {
		k.signal(1)
		see(t, w, true)
	}
	k.write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
	if oom, err := w.Final(false); !oom || err != nil {
		t.Errorf("by the counter: %v, %v", oom, err)
	}
	k.remove()
	k.signal(1)
	see(t, w, false)
}

// TestWatcher_LegacyRemoved: the signal of the removal is no OOM, and hides
// none.
func TestWatcher_LegacyRemoved(t *testing.T) {
	k, w := newKernel(t)
	k.remove()
	k.signal(1)
	see(t, w, false)

	k, w = newKernel(t)
	k.remove()
	k.signal(2)
	see(t, w, true)

	k, w = newKernel(t)
	k.signal(1) // the OOM, seen when the cgroup is gone already
	k.remove()
	see(t, w, false)
	k.signal(1) // and now the removal
	see(t, w, true)
}
