package wire

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/unitmon/unitmon/internal/sys"
)

// The environment variables that hold the numbers of the pipes' descriptors.
const (
	StartPipe  = "_OCI_STARTPIPE"  // the engine says when to go on
	SyncPipe   = "_OCI_SYNCPIPE"   // the engine is told the result
	AttachPipe = "_OCI_ATTACHPIPE" // the engine is told that an exec session can be attached to
)

// startPipeRead is how many bytes a start pipe is read for at once.
const startPipeRead = 8192

// Pipe is one of the engine's pipes: a pipe, a FIFO, or a socket of type stream
// or seqpacket, blocking or not. It owns its descriptor. A nil *Pipe is one
// that the engine did not ask for: nothing is sent, nothing is waited for.
type Pipe struct {
	name string
	fd   int // -1 when closed
}

// TakePipe takes over the descriptor that the environment variable of the given
// name has as its value, and makes it close-on-exec. An empty value (an absent
// variable) and 0 are no pipe: nil and no error. The value is read by the rules
// of strtol(3) with base 10. The errors have conmon's texts:
// "unable to parse NAME …" and "unable to make NAME CLOEXEC …".
func TakePipe(name, value string) (*Pipe, error) {
	if value == "" {
		return nil, nil
	}
	fd, rest, err := number(value)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, withReason("unable to parse "+name, errRange)
	case err != nil || rest != "":
		return nil, withReason("unable to parse "+name, nil)
	case fd == 0:
		return nil, nil
	case fd > math.MaxInt32:
		fd = -1 // of a larger number the kernel would take the lower half
	}
	if err := sys.SetCloseOnExec(int(fd)); err != nil {
		return nil, withReason("unable to make "+name+" CLOEXEC", err)
	}
	return &Pipe{name, int(fd)}, nil
}

// Wait waits for the engine's go-ahead: one read of up to 8192 bytes, whatever
// they are. The end of the pipe is one too. For an exec session that is to be
// attached to first the engine sends a second, after the answer on the attach
// pipe; that is a second Wait. On a closed or nil Pipe it returns at once.
func (p *Pipe) Wait() error {
	if p.FD() < 0 {
		return nil
	}
	var buf [startPipeRead]byte
	if _, err := sys.ReadFD(p.fd, buf[:]); err != nil {
		return withReason("start-pipe read failed", err)
	}
	return nil
}

// FD is the descriptor, for waiting until [Pipe.Wait] has something to read;
// -1 on a closed or nil Pipe. It stays the Pipe's.
func (p *Pipe) FD() int {
	if p == nil {
		return -1
	}
	return p.fd
}

// Close closes the descriptor, which the engine sees as the end. Closed already,
// or nil, is no error.
func (p *Pipe) Close() error {
	if p.FD() < 0 {
		return nil
	}
	err := sys.Close(p.fd)
	p.fd = -1
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}
