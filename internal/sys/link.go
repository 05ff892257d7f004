package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// SocketPair makes two connected sockets that keep packets whole,
// SOCK_SEQPACKET of unix(7). They block.
func SocketPair() (a, b *os.File, err error) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, named("socketpair", err)
	}
	return os.NewFile(uintptr(p[0]), "link"), os.NewFile(uintptr(p[1]), "link"), nil
}

// ReadNowFile reads a packet that is there already; without one the error is
// EAGAIN, at the end the length is 0.
func ReadNowFile(f *os.File, b []byte) (n int, err error) {
	err = withFD(f, func(fd int) error {
		var err error
		n, err = retry1(func() (int, error) {
			n, _, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT)
			return n, err
		})
		return named("recvfrom", err)
	})
	return max(n, 0), err
}

// Descriptor returns a copy of a descriptor of the process, pidfd_getfd(2),
// Linux 5.6. It takes the right to trace it.
func (p *Pidfd) Descriptor(fd int) (*os.File, error) {
	n := -1
	err := p.control(func(pidfd int) error {
		var err error
		n, err = retry1(func() (int, error) { return unix.PidfdGetfd(pidfd, fd, 0) })
		return named("pidfd_getfd", err)
	})
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(n), "descriptor"), nil
}
