package wire

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/unitmon/unitmon/internal/sys"
)

// Inherited lists, in ascending order, the descriptors from 3 up that are open
// and not close-on-exec: what this process was started with, since all that
// unitmon and the Go runtime open is close-on-exec. There may be holes. Pipes
// that were taken ([TakePipe]) are no longer in it. It needs /proc.
func Inherited() ([]int, error) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, fmt.Errorf("list descriptors: %w", err)
	}
	var fds []int
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil || fd < 3 {
			continue
		}
		// One that has gone since, as the directory's own has, is EBADF.
		if stays, err := sys.Inheritable(fd); err == nil && stays {
			fds = append(fds, fd)
		}
	}
	slices.Sort(fds)
	return fds, nil
}

// CloseFDs closes the descriptors, all of them whatever fails. They must be the
// caller's: a number that was closed before may belong to another file by now.
func CloseFDs(fds []int) error {
	var errs []error
	for _, fd := range fds {
		if err := sys.Close(fd); err != nil {
			errs = append(errs, fmt.Errorf("descriptor %d: %w", fd, err))
		}
	}
	return errors.Join(errs...)
}
