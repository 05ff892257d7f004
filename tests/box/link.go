package box

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// maxMessage bounds one record of a link.
const maxMessage = 128 << 10

// link is one end of a SOCK_SEQPACKET socket pair between two stages: each
// record is one JSON value, with descriptors where they are needed.
type link struct{ c *net.UnixConn }

// newPair makes a link and the file of its other end, both close-on-exec.
func newPair() (*link, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	peer := os.NewFile(uintptr(fds[1]), "link")
	l, err := newLink(os.NewFile(uintptr(fds[0]), "link"))
	if err != nil {
		peer.Close()
		return nil, nil, err
	}
	return l, peer, nil
}

// newLink makes a link of f, which it consumes.
func newLink(f *os.File) (*link, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return nil, fmt.Errorf("%s is not a Unix socket", f.Name())
	}
	return &link{u}, nil
}

// send writes v as one record, with the files' descriptors, which stay open
// here. An end that is gone is EPIPE.
func (l *link) send(v any, files ...*os.File) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxMessage {
		return fmt.Errorf("record of %d bytes is more than %d", len(b), maxMessage)
	}
	var oob []byte
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		oob = unix.UnixRights(fds...)
	}
	_, _, err = l.c.WriteMsgUnix(b, oob, nil)
	return err
}

// recv reads one record into v and returns the files that came with it, which
// the caller owns. The other end being closed is io.EOF.
func (l *link) recv(v any) ([]*os.File, error) {
	buf, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(8*4))
	n, oobn, _, _, err := l.c.ReadMsgUnix(buf, oob)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, io.EOF
	}
	files, err := takeFiles(oob[:oobn])
	if err != nil {
		return nil, err
	}
	return files, json.Unmarshal(buf[:n], v)
}

// takeFiles returns the descriptors of a control message as files.
func takeFiles(oob []byte) ([]*os.File, error) {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(msgs) == 0 {
		return nil, err
	}
	fds, err := unix.ParseUnixRights(&msgs[0])
	if err != nil {
		return nil, err
	}
	files := make([]*os.File, len(fds))
	for i, fd := range fds {
		unix.CloseOnExec(fd)
		files[i] = os.NewFile(uintptr(fd), "passed")
	}
	return files, nil
}

// release tells the other end that nothing more will come; what it still
// sends can be read.
func (l *link) release() error { return l.c.CloseWrite() }

func (l *link) Close() error { return l.c.Close() }
