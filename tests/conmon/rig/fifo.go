package rig

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Fifo makes a FIFO in the directory before a run, for Setup.Before.
func Fifo(names ...string) func(dir string) {
	return func(dir string) {
		for _, name := range names {
			if err := unix.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
				panic(err) // the directory is fresh
			}
		}
	}
}

// Open opens a FIFO for writing. It waits for no reader, and closing it is
// the end of the file.
func (r *Run) Open(name string) *os.File {
	r.t.Helper()
	f, err := os.OpenFile(r.Path(name), os.O_RDWR, 0)
	must(r.t, err)
	r.t.Cleanup(func() { _ = f.Close() })
	return f
}

// Line writes a line to a FIFO that is held open until the test's end, so that
// a reader that comes later gets it.
func (r *Run) Line(name, text string) {
	r.t.Helper()
	_, err := r.Open(name).WriteString(text + "\n")
	must(r.t, err)
}

// Ctl writes to the control FIFO, or another one of the bundle, as podman does.
func (r *Run) Ctl(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(filepath.Join(r.Bundle, name), os.O_WRONLY|unix.O_NONBLOCK, 0)
	must(r.t, err)
	_, err = f.WriteString(text)
	must(r.t, err)
	must(r.t, f.Close())
}
