package sys

import (
	"errors"
	"io"
	"os"
	"testing"
)

// openInput opens f as an Input that ends with the test.
func openInput(t *testing.T, f *os.File) *Input {
	t.Helper()
	in, err := OpenInput(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

func TestInput_Read(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	in := openInput(t, r)
	buf := make([]byte, 3)
	if _, err := w.WriteString("abcde"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"abc", "de"} {
		if n, err := in.Read(buf); err != nil || string(buf[:n]) != want {
			t.Errorf("read %q, %v, want %q", buf[:n], err, want)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := in.Read(buf); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// TestInput_Stop: a Read that waits is ended, and takes nothing from whoever
// reads next.
func TestInput_Stop(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	in := openInput(t, r)
	done := make(chan error)
	go func() {
		_, err := in.Read(make([]byte, 10))
		done <- err
	}()
	in.Stop()
	if err := <-done; !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if _, err := w.WriteString("next"); err != nil {
		t.Fatal(err)
	}
	if n, err := in.Read(make([]byte, 10)); n != 0 || !errors.Is(err, ErrStopped) {
		t.Errorf("after Stop: %d, %v", n, err)
	}
	buf := make([]byte, 10)
	if n, err := r.Read(buf); err != nil || string(buf[:n]) != "next" {
		t.Errorf("the next reader gets %q, %v", buf[:n], err)
	}
}

// TestInput_File: a regular file, which epoll does not know, ends.
func TestInput_File(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if n, err := openInput(t, f).Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("%d, %v", n, err)
	}
	self, err := os.Open("input_test.go")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = self.Close() }()
	buf := make([]byte, 11)
	if n, err := openInput(t, self).Read(buf); err != nil || string(buf[:n]) != "package sys" {
		t.Errorf("%q, %v", buf[:n], err)
	}
}
