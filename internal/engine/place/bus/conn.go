package bus

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/unitmon/unitmon/internal/sys"
)

// handshake authenticates by the socket's credentials (EXTERNAL) and begins
// the conversation. No identity is claimed: the peer knows it, and in a user
// namespace better than we.
const handshake = "\x00AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"

// maxHandshake bounds what a peer says before its first message.
const maxHandshake = 4096

// Conn is a connection to a message bus or to a manager's private socket. It
// never blocks. It owns its descriptor.
//
// The first calls on a private socket must be longer than 256 bytes together
// with the handshake: systemd reads that much while it authenticates, and
// looks at it only when more comes (bus_socket_read_auth() in bus-socket.c).
type Conn struct {
	fd      int
	private bool
	begun   bool // the peer has authenticated us
	serial  uint32
	out, in []byte
}

// Dial connects to a socket by its path. Nothing is sent before Flush.
func Dial(path string, private bool) (*Conn, error) {
	fd, err := sys.ConnectStreamFD(path)
	if err != nil {
		return nil, err
	}
	c := &Conn{fd: fd, private: private, out: []byte(handshake)}
	if !private {
		c.Call(driver("Hello"))
	}
	return c, nil
}

// driver is a call of the bus itself.
func driver(member string) Call {
	const name = "org.freedesktop.DBus"
	return Call{Destination: name, Path: "/org/freedesktop/DBus", Interface: name, Member: member}
}

// FD is readable when Fill has something to do.
func (c *Conn) FD() int { return c.fd }

// Close ends the connection. A nil *Conn is closed already.
func (c *Conn) Close() error {
	if c == nil {
		return nil
	}
	return sys.Close(c.fd)
}

// Call queues a call and returns the serial number by which its answer is
// known.
func (c *Conn) Call(call Call) uint32 {
	c.serial++
	c.out = call.append(c.out, c.serial)
	return c.serial
}

// Match queues the rule for signals that are wanted. A private socket has no
// rules and sends all.
func (c *Conn) Match(rule string) {
	if c.private {
		return
	}
	call := driver("AddMatch")
	call.NoReply, call.Signature = true, "s"
	call.Args.String(rule)
	c.Call(call)
}

// Flush sends what is queued. A queue longer than the socket takes at once,
// which a few calls are not, is an error.
func (c *Conn) Flush() error {
	if len(c.out) == 0 {
		return nil
	}
	n, err := sys.SendFD(c.fd, c.out)
	if err == nil && n < len(c.out) {
		err = io.ErrShortWrite
	}
	c.out = nil
	return err
}

// Fill takes what has come, up to 8 KiB, for Next. The end of the connection is
// io.ErrUnexpectedEOF; nothing is no error.
func (c *Conn) Fill() error {
	const chunk = 8 << 10
	c.in = slices.Grow(c.in, chunk)
	n, err := sys.ReceiveFD(c.fd, c.in[len(c.in):len(c.in)+chunk])
	switch {
	case sys.IsErrno(err, sys.EAGAIN):
		return nil
	case err != nil:
		return err
	case n == 0:
		return io.ErrUnexpectedEOF
	}
	c.in = c.in[:len(c.in)+n]
	return nil
}

// Next returns a message that Fill has completed; ok is false if there is none.
// After an error the connection is of no more use.
func (c *Conn) Next() (m Message, ok bool, err error) {
	if !c.begun {
		if c.begun, err = c.authenticated(); !c.begun {
			return m, false, err
		}
	}
	n, err := size(c.in)
	if err != nil || n == 0 || len(c.in) < n {
		return m, false, err
	}
	m, err = parse(bytes.Clone(c.in[:n]))
	c.in = c.in[:copy(c.in, c.in[n:])]
	return m, err == nil, err
}

// authenticated takes the peer's side of the handshake: DATA, as it asks for
// the identity that is not claimed, and OK.
func (c *Conn) authenticated() (bool, error) {
	for {
		line, rest, ok := bytes.Cut(c.in, []byte("\r\n"))
		switch {
		case !ok && len(c.in) > maxHandshake:
			return false, fmt.Errorf("authentication: %w", ErrMalformed)
		case !ok:
			return false, nil
		case bytes.HasPrefix(line, []byte("OK")):
			c.in = rest
			return true, nil
		case !bytes.Equal(line, []byte("DATA")):
			return false, fmt.Errorf("authentication: the peer says %q", line)
		}
		c.in = rest
	}
}
