package sys

import (
	"errors"
	"os"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

func TestSetONLCR(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(master.Close(), slave.Close()) }()
	state, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	want := *state
	state.Oflag &^= unix.ONLCR
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, state); err != nil {
		t.Fatal(err)
	}
	if err := SetONLCR(master); err != nil {
		t.Fatal(err)
	}
	want.Oflag |= unix.ONLCR
	if got, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS); err != nil || *got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestSetWindowSize(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(master.Close(), slave.Close()) }()
	if err := SetWindowSize(master, 65535, 1); err != nil {
		t.Fatal(err)
	}
	if rows, cols, err := pty.Getsize(slave); rows != 65535 || cols != 1 || err != nil {
		t.Errorf("%d %d, %v", rows, cols, err)
	}
}

// TestConsole_None: of what is no terminal.
func TestConsole_None(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = errors.Join(r.Close(), w.Close()) }()
	for _, err := range []error{SetWindowSize(r, 1, 1), SetONLCR(r)} {
		if !IsErrno(err, unix.ENOTTY) {
			t.Errorf("of a pipe: %v", err)
		}
	}
}
