package engine

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
)

// console is the socket that a runtime sends the master of a container's
// terminal to: runc's docs/terminals.md.
type console struct {
	dir    string
	socket *sys.UnixSocket
	conn   *sys.UnixSocket
	got    bool
}

// nameMax is how much is read of the terminal's name, which means nothing here.
const nameMax = 4095

// newConsole makes the socket, in a directory of its own in tmp, or /tmp if that
// is empty. A nil *console is that of a container without a terminal.
func newConsole(tmp string) (*console, error) {
	dir, err := os.MkdirTemp(cmp.Or(tmp, "/tmp"), "conmon-term.")
	if err != nil {
		return nil, err
	}
	c := &console{dir: dir}
	if err := c.listen(); err != nil {
		return nil, errors.Join(fmt.Errorf("console socket %s: %w", c.path(), err), c.close())
	}
	return c, nil
}

func (c *console) listen() (err error) {
	addr, err := sys.ParseUnixAddr(c.path())
	if err != nil {
		return err
	}
	if c.socket, err = sys.OpenUnixSocket(sys.SockStream); err != nil {
		return err
	}
	return errors.Join(c.socket.Chmod(0o700), c.socket.Bind(addr), c.socket.Listen(1))
}

// path is the socket's, "" without one.
func (c *console) path() string {
	if c == nil || c.dir == "" {
		return ""
	}
	return filepath.Join(c.dir, "socket")
}

// close ends the socket and removes it.
func (c *console) close() error {
	if c == nil || c.dir == "" {
		return nil
	}
	err := errors.Join(c.conn.Close(), c.socket.Close(), os.RemoveAll(c.dir))
	*c = console{got: c.got}
	return err
}

// errNoConsole says that the runtime has not sent a terminal.
var errNoConsole = errors.New("the runtime has sent no terminal")

// accept takes the runtime's connection, and has the terminal taken as soon as
// it comes: that may be before the runtime ends.
func (m *monitor) accept() error {
	c := m.console
	if c.socket == nil || c.conn != nil {
		return nil
	}
	conn, err := c.socket.AcceptNow()
	if sys.IsErrno(err, sys.EAGAIN) {
		return nil
	}
	if err != nil {
		return err
	}
	c.conn = conn
	return errors.Join(m.poll.Remove(c.socket.FD()), m.add(conn.FD(), func() error {
		if c.conn == nil || c.got {
			return nil
		}
		return c.receive(m)
	}))
}

// take makes sure that the terminal is here, when the runtime has ended.
func (c *console) take(m *monitor) error {
	if c.got {
		return nil
	}
	if err := m.accept(); err != nil {
		return err
	}
	if c.conn == nil {
		return errNoConsole
	}
	return c.receive(m)
}

// receive takes the terminal and gives it to the loop.
func (c *console) receive(m *monitor) error {
	msg, err := c.conn.ReceiveNow(make([]byte, nameMax))
	if sys.IsErrno(err, sys.EAGAIN) {
		return errNoConsole
	}
	if err := errors.Join(err, m.poll.Remove(c.conn.FD())); err != nil {
		return err
	}
	defer func() { _ = msg.Close() }()
	if len(msg.Files) != 1 || !sys.IsPTYMaster(msg.Files[0]) {
		return errors.Join(errNoConsole, c.close())
	}
	if err := sys.SetONLCR(msg.Files[0]); err != nil {
		return err
	}
	fd, err := sys.Dup(msg.Files[0])
	if err != nil {
		return err
	}
	if !m.loop.Input(fd, true) {
		return errors.New("the terminal cannot be used")
	}
	c.got = true
	m.applySize()
	return c.close()
}
