package notify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// Credentials are the sender's, as the kernel attests them.
type Credentials = sys.Credentials

// Message is one message and who sent it.
type Message struct {
	State State
	From  Credentials
	Files []*os.File // close-on-exec; the receiver's to close
}

// Close closes the files that came with the message.
func (m *Message) Close() error {
	var err error
	for _, f := range m.Files {
		err = errors.Join(err, f.Close())
	}
	m.Files = nil
	return err
}

// Listener receives messages as a manager does. It serves one goroutine at a
// time, and owns its socket and, unless it is abstract, the path.
type Listener struct {
	socket *sys.UnixSocket
	addr   *sys.UnixAddr
	buf    []byte
}

// Listen binds a socket to an absolute path or '@' name, the value for a
// service's $NOTIFY_SOCKET. The path must not exist. Its mode is what the
// umask leaves: who may write to it may send.
func Listen(path string) (*Listener, error) {
	addr, err := sys.ParseUnixAddr(path)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	socket, err := sys.OpenUnixSocket(sys.SockDatagram)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	// Before the bind, lest the first message come without credentials.
	err = socket.PassCredentials()
	if err == nil {
		err = socket.Bind(addr)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("notify socket %s: %w", path, err), socket.Close())
	}
	// One byte more than allowed, to tell what is too long.
	return &Listener{socket: socket, addr: addr, buf: make([]byte, MaxMessage+1)}, nil
}

// Close removes the path and closes the socket. What was not received is
// lost, and barriers in it end.
func (l *Listener) Close() error {
	var err error
	if path := l.addr.String(); !strings.HasPrefix(path, "@") {
		err = os.Remove(path)
	}
	return errors.Join(err, l.socket.Close())
}

// Receive waits for a message, or until ctx ends and then returns its cause.
//
// An error that wraps ErrMessage is the sender's fault: the Message has what
// could be read, the Listener goes on, and the files must be closed as ever.
func (l *Listener) Receive(ctx context.Context) (Message, error) {
	raw, err := l.socket.Receive(ctx, l.buf)
	if errors.Is(err, sys.ErrTruncated) {
		return Message{}, fmt.Errorf("%w: %w", ErrMessage, err)
	}
	if err != nil {
		return Message{}, fmt.Errorf("notify socket %s: %w", l.addr, err)
	}
	state, err := Parse(raw.Data)
	return Message{State: state, From: raw.From, Files: raw.Files}, err
}
