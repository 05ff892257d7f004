package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// sendTimeout bounds the wait for room in the manager's queue, which it
// empties whenever it is not busy.
const sendTimeout = 10 * time.Second

// MaxFiles is how many descriptors a message can carry.
const MaxFiles = sys.MaxFiles

// ErrMessage says that a message or a part of it has not the form of sd_notify(3).
var ErrMessage = errors.New("invalid notify message")

// Socket sends messages to a service manager. A nil *Socket sends nothing.
// It serves one goroutine at a time.
type Socket struct {
	socket *sys.Datagram
}

// FromEnv opens the socket that $NOTIFY_SOCKET names. Without the variable
// there is no manager: the *Socket is nil, and no error.
func FromEnv() (*Socket, error) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil, nil
	}
	return Open(path)
}

// Open opens the socket at an absolute path or, after '@', an abstract name.
// Other kinds of address ("vsock:") are an error.
func Open(path string) (*Socket, error) {
	socket, err := sys.OpenDatagram(path)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	return &Socket{socket}, nil
}

// Close closes the socket.
func (s *Socket) Close() error {
	if s == nil {
		return nil
	}
	return s.socket.Close()
}

// Send sends states as one message, for example notify.Ready and
// notify.Status("serving"). Each is NAME=VALUE without newline or NUL; the
// whole may be MaxMessage bytes long. It blocks, for at most 10 seconds,
// while the manager's queue is full. That it was sent does not mean that it
// was accepted: nothing tells that.
func (s *Socket) Send(states ...string) error { return s.SendFiles(states) }

// SendFiles is Send with descriptors. The files stay the caller's. They must
// not be more than MaxFiles.
func (s *Socket) SendFiles(states []string, files ...*os.File) error {
	if s == nil {
		return nil
	}
	message, err := join(states)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	return s.send(ctx, message, files...)
}

func (s *Socket) send(ctx context.Context, message []byte, files ...*os.File) error {
	for {
		err := s.socket.Send(message, files...)
		if err == nil {
			return nil
		}
		if sys.IsErrno(err, sys.EAGAIN) {
			wait := s.socket.WaitRoom(ctx)
			if wait == nil {
				continue
			}
			err = fmt.Errorf("%w: %w", err, wait)
		}
		return fmt.Errorf("notify socket %s: %w", s.socket.Addr(), err)
	}
}

// join checks the states and makes a message of them.
func join(states []string) ([]byte, error) {
	for _, state := range states {
		if strings.ContainsAny(state, "\n\x00") || strings.IndexByte(state, '=') < 1 {
			return nil, fmt.Errorf("%w: state %.100q", ErrMessage, state)
		}
	}
	message := strings.Join(states, "\n")
	if message == "" || len(message) > MaxMessage {
		return nil, fmt.Errorf("%w: %d bytes, the limit is 1 to %d", ErrMessage, len(message), MaxMessage)
	}
	return []byte(message), nil
}

// Barrier returns when the manager has handled everything that this process
// sent before, or when ctx ends, with its cause (systemd 246). Older managers
// close what they do not know, which ends the barrier as well.
func (s *Socket) Barrier(ctx context.Context) error {
	if s == nil {
		return nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("notify barrier: %w", err)
	}
	defer r.Close()
	err = s.send(ctx, []byte("BARRIER=1"), w) // must be the only state
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	// Nobody writes to the pipe: it ends when the manager closes its copy.
	if err := sys.AwaitEOF(ctx, r); err != nil {
		return fmt.Errorf("notify barrier: %w", err)
	}
	return nil
}
