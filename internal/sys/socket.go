package sys

import (
	"context"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// SocketType is the type of an AF_UNIX socket; see unix(7).
type SocketType int

// The socket types of AF_UNIX.
const (
	SockStream    SocketType = unix.SOCK_STREAM
	SockDatagram  SocketType = unix.SOCK_DGRAM
	SockSeqPacket SocketType = unix.SOCK_SEQPACKET
)

// sendFlags: never block a thread (waiting is the poller's), never raise
// SIGPIPE.
const sendFlags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL

// UnixSocket owns a non-blocking AF_UNIX socket. Its methods may run at the
// same time, except Close, which must come after the last of them.
type UnixSocket struct {
	file *os.File
	raw  syscall.RawConn
	fd   int // valid until Close
}

// OpenUnixSocket makes an unbound, unconnected socket.
func OpenUnixSocket(typ SocketType) (*UnixSocket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, int(typ)|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, named("socket", err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	raw, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &UnixSocket{file: file, raw: raw, fd: fd}, nil
}

// Close closes the socket. A nil *UnixSocket is closed already.
func (s *UnixSocket) Close() error {
	if s == nil {
		return nil
	}
	return s.file.Close()
}

// Connect sets the peer. A datagram socket may be connected again and again;
// the last peer counts (connect(2)).
func (s *UnixSocket) Connect(to *UnixAddr) error {
	return named("connect", retry(func() error { return unix.Connect(s.fd, to.sockaddr()) }))
}

// Bind gives the socket its address. For a path it creates the inode, with
// the access mode that the umask leaves.
func (s *UnixSocket) Bind(at *UnixAddr) error {
	return named("bind", unix.Bind(s.fd, at.sockaddr()))
}

// SendTo sends p as one datagram to an address. It does not block and does
// not allocate unless it fails; a full queue of the receiver is EAGAIN.
func (s *UnixSocket) SendTo(p []byte, to *UnixAddr) error {
	for {
		_, _, e := unix.Syscall6(unix.SYS_SENDTO,
			uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
			sendFlags, uintptr(unsafe.Pointer(&to.raw)), uintptr(to.size))
		switch e {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return named("sendto", e)
		}
	}
}

// WaitWritable waits until the socket polls writable (or hung up, or in
// error), or until ctx ends and then returns its cause.
func (s *UnixSocket) WaitWritable(ctx context.Context) error {
	return AwaitIO(ctx, s.file.SetWriteDeadline, func() error {
		return s.raw.Write(func(fd uintptr) bool { return pollNow(int(fd), unix.POLLOUT) })
	})
}

// pollNow reports whether fd has one of the events, an error or a hang-up at
// this instant. An error of poll(2) itself counts as an event, so that the
// caller's next call meets it.
func pollNow(fd int, events int16) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	n, err := retry1(func() (int, error) { return unix.Poll(fds, 0) })
	return n > 0 || err != nil
}
