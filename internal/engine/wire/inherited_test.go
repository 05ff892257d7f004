package wire

import (
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/unitmon/unitmon/internal/sys"
)

// descriptor opens one with a number from least up.
func descriptor(t *testing.T, least, command int) int {
	t.Helper()
	fd, err := unix.FcntlInt(0, command, least)
	must(t, err)
	return fd
}

func TestInherited(t *testing.T) {
	low := descriptor(t, 400, unix.F_DUPFD)
	high := descriptor(t, 450, unix.F_DUPFD) // a hole between
	ours := descriptor(t, 420, unix.F_DUPFD_CLOEXEC)
	pipe := descriptor(t, 430, unix.F_DUPFD)
	defer unix.Close(ours)
	p, err := TakePipe(SyncPipe, strconv.Itoa(pipe))
	must(t, err)
	defer p.Close()

	fds, err := Inherited()
	must(t, err)
	if !slices.Contains(fds, low) || !slices.Contains(fds, high) || !slices.IsSorted(fds) || fds[0] < 3 {
		t.Errorf("%v without %d or %d", fds, low, high)
	}
	if slices.Contains(fds, ours) || slices.Contains(fds, pipe) {
		t.Errorf("%v with %d or %d", fds, ours, pipe)
	}

	must(t, CloseFDs([]int{low, high}))
	if again, err := Inherited(); err != nil || slices.Contains(again, low) || slices.Contains(again, high) {
		t.Errorf("after closing: %v, %v", again, err)
	}
}

// TestCloseFDs_Errors: one that is not open does not keep the others.
func TestCloseFDs_Errors(t *testing.T) {
	fd := descriptor(t, 400, unix.F_DUPFD)
	err := CloseFDs([]int{499, fd})
	if !sys.IsErrno(err, unix.EBADF) || err.Error() != "descriptor 499: close: bad file descriptor" {
		t.Error(err)
	}
	if _, err := sys.Inheritable(fd); !sys.IsErrno(err, unix.EBADF) {
		t.Errorf("descriptor %d is open, %v", fd, err)
	}
}
