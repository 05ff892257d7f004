package socketact

import (
	"io/fs"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
)

// Kind is what a file is, as far as it matters here.
type Kind uint8

// The kinds.
const (
	Other     Kind = iota
	FIFO           // a named or unnamed pipe
	Socket         // of any family
	Memfd          // memory without a name, also an unlinked file of a tmpfs
	Pidfd          // a process
	PTYMaster      // the master of a pseudo-terminal
)

// String returns the kind's name in lower case.
func (k Kind) String() string {
	switch k {
	case FIFO:
		return "fifo"
	case Socket:
		return "socket"
	case Memfd:
		return "memfd"
	case Pidfd:
		return "pidfd"
	case PTYMaster:
		return "pty master"
	}
	return "other"
}

// KindOf returns what a file is; Other also if the kernel will not tell.
func KindOf(f *os.File) Kind {
	info, err := f.Stat()
	switch {
	case err != nil:
		return Other
	case info.Mode()&fs.ModeNamedPipe != 0:
		return FIFO
	case info.Mode()&fs.ModeSocket != 0:
		return Socket
	case info.Mode()&fs.ModeCharDevice != 0 && sys.IsPTYMaster(f):
		return PTYMaster
	case sys.IsPidfd(f): // before Memfd: pidfs shows regular files
		return Pidfd
	case sys.IsMemfd(f):
		return Memfd
	}
	return Other
}

// TakeKind takes all files of a kind, in order.
func (s *Set) TakeKind(kind Kind) []*os.File {
	var files []*os.File
	for _, e := range s.take(func(e Entry) bool { return KindOf(e.File) == kind }) {
		files = append(files, e.File)
	}
	return files
}
