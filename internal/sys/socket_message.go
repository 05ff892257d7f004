package sys

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// MaxFiles is how many descriptors one message can carry: SCM_MAX_FD of the
// kernel, see unix(7).
const MaxFiles = 253

// Credentials are the sender's, as the kernel attests them (SCM_CREDENTIALS),
// in the namespaces of the receiver. A PID of 0 is a sender outside the
// receiver's pid namespace.
type Credentials struct {
	PID int
	UID uint32
	GID uint32
}

// Message is what one datagram brought.
type Message struct {
	Data  []byte      // aliases the buffer given to Receive
	Files []*os.File  // close-on-exec, the caller's to close
	From  Credentials // zero if the socket did not ask (PassCredentials)
}

// Close closes the files.
func (m *Message) Close() error {
	var err error
	for _, f := range m.Files {
		err = errors.Join(err, f.Close())
	}
	m.Files = nil
	return err
}

// ErrTruncated says that a message did not fit its buffer, or the process could not
// take all of its descriptors. What did arrive of it is closed.
var ErrTruncated = errors.New("message truncated")

// SendFiles sends p and at least one file as one datagram to an address,
// without blocking. The payload may be empty. The files stay the caller's.
func (s *UnixSocket) SendFiles(p []byte, files []*os.File, to *UnixAddr) error {
	if len(files) > MaxFiles {
		return fmt.Errorf("send %d files, the limit is %d: %w", len(files), MaxFiles, unix.EINVAL)
	}
	return withFDs(files, nil, func(fds []int) error {
		return named("sendmsg", retry(func() error {
			return unix.Sendmsg(s.fd, p, unix.UnixRights(fds...), to.sockaddr(), sendFlags)
		}))
	})
}

// Receive waits for a message, or until ctx ends and then returns its cause.
// A message longer than buf is ErrTruncated.
func (s *UnixSocket) Receive(ctx context.Context, buf []byte) (Message, error) {
	oob := make([]byte, unix.CmsgSpace(unix.SizeofUcred)+unix.CmsgSpace(4*MaxFiles))
	var n, oobn, flags int
	err := AwaitIO(ctx, s.file.SetReadDeadline, func() error {
		var err error
		waitErr := s.raw.Read(func(fd uintptr) bool {
			n, oobn, flags, _, err = unix.Recvmsg(int(fd), buf, oob, unix.MSG_CMSG_CLOEXEC)
			return err != unix.EAGAIN && err != unix.EINTR //nolint:errorlint // straight from the kernel
		})
		if waitErr != nil {
			return waitErr
		}
		return named("recvmsg", err)
	})
	if err != nil {
		return Message{}, err
	}
	m, err := parseControl(oob[:oobn])
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = ErrTruncated
	}
	if err != nil {
		return Message{}, errors.Join(err, m.Close())
	}
	m.Data = buf[:n]
	return m, nil
}

// parseControl owns the descriptors as soon as it sees them, also when it
// fails later.
func parseControl(oob []byte) (Message, error) {
	var m Message
	controls, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return m, named("recvmsg", err)
	}
	for i := range controls {
		c := &controls[i]
		if c.Header.Level != unix.SOL_SOCKET {
			continue
		}
		switch c.Header.Type {
		case unix.SCM_RIGHTS:
			fds, err := unix.ParseUnixRights(c)
			if err != nil {
				return m, named("recvmsg", err)
			}
			for _, fd := range fds {
				m.Files = append(m.Files, os.NewFile(uintptr(fd), "received"))
			}
		case unix.SCM_CREDENTIALS:
			u, err := unix.ParseUnixCredentials(c)
			if err != nil {
				return m, named("recvmsg", err)
			}
			m.From = Credentials{PID: int(u.Pid), UID: u.Uid, GID: u.Gid}
		}
	}
	return m, nil
}

// withFDs runs call with the numbers of all files, which stay open meanwhile.
func withFDs(files []*os.File, fds []int, call func(fds []int) error) error {
	if len(files) == 0 {
		return call(fds)
	}
	return withFD(files[0], func(fd int) error {
		return withFDs(files[1:], append(fds, fd), call)
	})
}

// withFD runs call with the file's number; the file cannot be closed while
// call runs. Unlike (*os.File).Fd it leaves the file as it is.
func withFD(f *os.File, call func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := raw.Control(func(fd uintptr) { err = call(int(fd)) })
	if ctlErr != nil {
		return ctlErr
	}
	return err
}
