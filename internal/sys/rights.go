package sys

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// SendFile sends p, which must not be empty, and one descriptor as one message
// over a connected AF_UNIX socket of the net package, or a file of one. It
// waits for room in the runtime poller. f stays the caller's: the message holds
// a copy.
func SendFile(conn syscall.Conn, p []byte, f *os.File) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	return withFD(f, func(fd int) error {
		var err error
		waitErr := raw.Write(func(to uintptr) bool {
			err = retry(func() error { return unix.Sendmsg(int(to), p, unix.UnixRights(fd), nil, sendFlags) })
			return err != unix.EAGAIN //nolint:errorlint // straight from the kernel
		})
		if waitErr != nil {
			return waitErr
		}
		return named("sendmsg", err)
	})
}

// ReceiveNow is Receive for a message that is there already. It does not wait:
// without one the error is EAGAIN. At the end of the stream the message has
// neither data nor files.
func (s *UnixSocket) ReceiveNow(buf []byte) (Message, error) {
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4*MaxFiles))
	var n, oobn, flags int
	err := retry(func() (err error) {
		n, oobn, flags, _, err = unix.Recvmsg(s.fd, buf, oob, unix.MSG_CMSG_CLOEXEC|unix.MSG_DONTWAIT)
		return err
	})
	if err != nil {
		return Message{}, named("recvmsg", err)
	}
	m, err := parseControl(oob[:oobn])
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = ErrTruncated
	}
	if err != nil {
		_ = m.Close()
		return Message{}, err
	}
	m.Data = buf[:n]
	return m, nil
}
