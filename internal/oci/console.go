package oci

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
)

// ErrNoTerminal is wrapped when a runtime has created a container without
// sending the master of its terminal.
var ErrNoTerminal = errors.New("the runtime did not set up a terminal")

// consoleNameMax is how much is read of the terminal's name, which comes with
// the descriptor and means nothing outside the container's mount namespace;
// conmon reads as much.
const consoleNameMax = 4095

// CreateTerminal is Create for a bundle with process.terminal: the container's
// stdin, stdout and stderr are a terminal, and its master is returned, which is
// then the caller's. The terminal's output has ONLCR set, as conmon sets it.
//
// The runtime sends the master over a socket that CreateTerminal makes at the
// path socket, of at most 107 bytes, in a directory of the caller's own
// (--console-socket, https://github.com/opencontainers/runc/blob/main/docs/terminals.md);
// what is at that path is replaced, and nothing is there afterwards. What the
// runtime prints goes to stderr; nil is /dev/null.
//
// On failure a container may exist: call Delete with force.
func (r *Runtime) CreateTerminal(ctx context.Context, id, bundle, pidFile, socket string, stderr *os.File) (*os.File, error) {
	c, err := listenConsole(socket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.close() }()
	err = r.create(ctx, id, bundle, pidFile, [3]*os.File{2: stderr}, "--console-socket", socket)
	if err != nil {
		return nil, err
	}
	master, err := c.take()
	if err != nil {
		return nil, &Error{Runtime: r.Name, Verb: "create", Err: err}
	}
	return master, nil
}

// console is the socket that a runtime sends the terminal's master to.
type console struct {
	socket *sys.UnixSocket
	path   string
}

// listenConsole makes the socket, mode 0700.
func listenConsole(path string) (*console, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("console socket %q is not an absolute path", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	addr, err := sys.ParseUnixAddr(path)
	if err != nil {
		return nil, err
	}
	s, err := sys.OpenUnixSocket(sys.SockStream)
	if err != nil {
		return nil, err
	}
	c := &console{s, path}
	if err := s.Chmod(0o700); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := s.Bind(addr); err != nil {
		return nil, errors.Join(fmt.Errorf("console socket %s: %w", path, err), s.Close())
	}
	// One connection is wanted; what else comes waits for nothing.
	if err := s.Listen(1); err != nil {
		return nil, errors.Join(fmt.Errorf("console socket %s: %w", path, err), c.close())
	}
	return c, nil
}

// take takes the master out of the socket after the runtime has ended: what it
// sent is there by then, also if nobody has accepted its connection yet, and
// nothing is to be waited for. runc sends from the container's init, crun itself;
// both before create returns (seen with runc 1.1.5 and crun 1.8.1).
func (c *console) take() (*os.File, error) {
	conn, err := c.socket.AcceptNow()
	if sys.IsErrno(err, sys.EAGAIN) {
		return nil, ErrNoTerminal
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	m, err := conn.ReceiveNow(make([]byte, consoleNameMax))
	if sys.IsErrno(err, sys.EAGAIN) {
		return nil, ErrNoTerminal
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTerminal, err)
	}
	if err := checkMaster(m.Files); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m.Files[0], nil
}

// checkMaster checks what a runtime has sent, and prepares it.
func checkMaster(files []*os.File) error {
	if len(files) != 1 {
		return fmt.Errorf("%w: it sent %d descriptors", ErrNoTerminal, len(files))
	}
	if !sys.IsPTYMaster(files[0]) {
		return fmt.Errorf("%w: what it sent is not the master of one", ErrNoTerminal)
	}
	return sys.SetONLCR(files[0])
}

// close ends the socket and removes its path.
func (c *console) close() error {
	err := os.Remove(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, c.socket.Close())
}
