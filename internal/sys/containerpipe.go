package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeMode lets every user of a container open its /dev/stdout anew.
const pipeMode = 0o777

// OutputPipe makes a pipe for what a container writes: r does not block, w does.
func OutputPipe() (r, w int, err error) {
	return containerPipe(0)
}

// InputPipe makes a pipe for what a container reads: w does not block, r does.
func InputPipe() (r, w int, err error) {
	return containerPipe(1)
}

func containerPipe(nonblock int) (r, w int, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, named("pipe2", err)
	}
	_ = unix.Fchmod(p[0], pipeMode) // a kernel that does not do it has no such files
	if err := unix.SetNonblock(p[nonblock], true); err != nil {
		_ = unix.Close(p[0])
		_ = unix.Close(p[1])
		return -1, -1, named("fcntl", err)
	}
	return p[0], p[1], nil
}

// Handle returns the pidfd's descriptor, which stays p's: for waiting.
func (p *Pidfd) Handle() (int, error) { return Handle(p.f) }

// Handle is a file's descriptor; unlike its Fd it leaves the mode alone.
func Handle(f *os.File) (n int, err error) {
	err = withFD(f, func(fd int) error {
		n = fd
		return nil
	})
	return n, err
}
