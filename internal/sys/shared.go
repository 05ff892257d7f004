package sys

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// SharedMemory makes a memory file of a size that cannot change, for memory
// that outlives a process with its descriptor. The name is only for /proc.
func SharedMemory(name string, size int64) (*os.File, error) {
	f, err := CreateMemfd(name)
	if err != nil {
		return nil, err
	}
	err = f.Truncate(size)
	if err == nil {
		err = withFD(f, func(fd int) error {
			_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
			return named("fcntl F_ADD_SEALS", err)
		})
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// MapShared maps a file of exactly size bytes, so that what is written to the
// memory is in the file. The mapping stays until the process ends. A file of
// another size, which would make an access beyond its end fatal, is an error.
func MapShared(f *os.File, size int64) ([]byte, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if fi.Size() != size {
		return nil, fmt.Errorf("%s has %d bytes, not %d", f.Name(), fi.Size(), size)
	}
	var b []byte
	err = withFD(f, func(fd int) (err error) {
		b, err = unix.Mmap(fd, 0, int(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		return named("mmap", err)
	})
	return b, err
}

// DuplexPipe makes a pipe with one descriptor for both of its ends,
// non-blocking, as opening a FIFO for reading and writing gives one.
func DuplexPipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = r.Close(), w.Close() }()
	var fd int
	err = withFD(r, func(old int) (err error) {
		fd, err = retry1(func() (int, error) {
			return unix.Open(fmt.Sprint("/proc/self/fd/", old), unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		})
		return named("open a pipe for both", err)
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "pipe"), nil
}

// Close closes a bare descriptor.
func Close(fd int) error { return named("close", unix.Close(fd)) }

// PatientDatagramFD makes an unbound AF_UNIX datagram socket on which a send
// blocks for at most the given time (SO_SNDTIMEO, socket(7)).
func PatientDatagramFD(most time.Duration) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, named("socket", err)
	}
	t := unix.NsecToTimeval(most.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &t); err != nil {
		_ = unix.Close(fd)
		return -1, named("setsockopt SO_SNDTIMEO", err)
	}
	return fd, nil
}

// Shutdown ends a connection for both sides, whoever else has it open.
func Shutdown(fd int) error { return named("shutdown", unix.Shutdown(fd, unix.SHUT_RDWR)) }
