package sys

import "golang.org/x/sys/unix"

// PassCredentials makes the kernel add the sender's credentials to every
// message received (SO_PASSCRED).
func (s *UnixSocket) PassCredentials() error {
	return named("setsockopt SO_PASSCRED", unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1))
}

// SetSendBuffer asks for a send buffer of n bytes, beyond the system's limit
// if the process may (SO_SNDBUFFORCE needs CAP_NET_ADMIN), and returns the
// size in force. The kernel doubles what is asked for, for its own
// bookkeeping; see socket(7).
func (s *UnixSocket) SetSendBuffer(n int) (int, error) {
	if unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, n) != nil {
		if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUF, n); err != nil {
			return 0, named("setsockopt SO_SNDBUF", err)
		}
	}
	got, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUF)
	return got, named("getsockopt SO_SNDBUF", err)
}
