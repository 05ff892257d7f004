package kit

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Shared is a directory that a test and its container both have; the container
// has it at /shared. A container waits for the test with "read x </shared/go".
type Shared struct{ dir string }

// Share makes such a directory with a FIFO "go" in it.
func Share(t testing.TB) Shared {
	t.Helper()
	s := Shared{t.TempDir()}
	if err := syscall.Mkfifo(s.Path("go"), 0o666); err != nil {
		t.Fatal(&os.PathError{Op: "mkfifo", Path: s.Path("go"), Err: err})
	}
	return s
}

// Volume is the option value for --volume.
func (s Shared) Volume() string { return s.dir + ":/shared" }

// Path is where a file of the directory is for the test.
func (s Shared) Path(name string) string { return filepath.Join(s.dir, name) }

// Go lets one "read" of the container return. It does not wait for it.
func (s Shared) Go(t testing.TB) {
	t.Helper()
	// Open for both, so that neither this open nor the write waits for a
	// reader; the descriptor keeps what is written until it is read.
	f, err := os.OpenFile(s.Path("go"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if _, err := f.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
}
