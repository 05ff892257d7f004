package socketact

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
)

// SocketType is the type of an AF_UNIX socket; see unix(7).
type SocketType = sys.SocketType

// The socket types, in the order of ListenStream=, ListenDatagram= and
// ListenSequentialPacket=.
const (
	Stream    = sys.SockStream
	Datagram  = sys.SockDatagram
	SeqPacket = sys.SockSeqPacket
)

// TakeFIFO takes the FIFO that is at a path now: the one with the same device
// and inode, as sd_is_fifo(3) compares. fs.ErrNotExist if the Set has none,
// also when the path has another FIFO meanwhile.
func (s *Set) TakeFIFO(path string) (*os.File, error) {
	at, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("take fifo: %w", err)
	}
	file := s.takeFirst(func(f *os.File) bool {
		info, err := f.Stat()
		return err == nil && info.Mode()&fs.ModeNamedPipe != 0 && os.SameFile(at, info)
	})
	if file == nil {
		return nil, fmt.Errorf("fifo %s among the descriptors passed: %w", path, fs.ErrNotExist)
	}
	return file, nil
}

// TakeListener takes the AF_UNIX socket of a type that is bound to a path (or
// '@' and an abstract name) and, unless it is a Datagram one, listens.
// fs.ErrNotExist if the Set has none.
func (s *Set) TakeListener(typ SocketType, path string) (*os.File, error) {
	return s.TakeSocket(typ, typ != Datagram, path)
}

// TakeSocket takes the AF_UNIX socket of a type that listens or does not and
// is bound to a path, as sd_is_socket_unix(3) compares; with path "" it must
// not be bound. fs.ErrNotExist if the Set has none.
func (s *Set) TakeSocket(typ SocketType, listening bool, path string) (*os.File, error) {
	want := sys.SocketInfo{Unix: true, Type: typ, Listening: listening, Name: path}
	file := s.takeFirst(func(f *os.File) bool {
		got, err := sys.InspectSocket(f)
		return err == nil && got == want
	})
	if file == nil {
		return nil, fmt.Errorf("socket %s among the descriptors passed: %w", path, fs.ErrNotExist)
	}
	return file, nil
}
