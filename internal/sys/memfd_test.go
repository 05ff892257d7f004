package sys

import (
	"io"
	"os"
	"testing"
)

func TestSealedMemfd(t *testing.T) {
	f, err := SealedMemfd("test", []byte("content"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("x"), 0); !IsErrno(err, EPERM) {
		t.Errorf("write: %v, want EPERM", err)
	}
	if err := f.Truncate(100); !IsErrno(err, EPERM) {
		t.Errorf("grow: %v, want EPERM", err)
	}
	if err := f.Truncate(1); !IsErrno(err, EPERM) {
		t.Errorf("shrink: %v, want EPERM", err)
	}
	if err := SealMemfd(f); !IsErrno(err, EPERM) {
		t.Errorf("seal again: %v, want EPERM", err)
	}
	got, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
	if err != nil || string(got) != "content" {
		t.Errorf("content %q, %v", got, err)
	}
	if !IsMemfd(f) {
		t.Error("not told from other files")
	}
}

func TestOwnPidfdID(t *testing.T) {
	id, ok, err := OwnPidfdID()
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := OwnPidfdID()
	if err != nil || id != again || ok && id == 0 {
		t.Errorf("%d (%v), then %d, %v", id, ok, again, err)
	}
	p, err := OpenPidfd(os.Getppid())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if !IsPidfd(p.File()) {
		t.Error("a pidfd is not told from other files")
	}
}
