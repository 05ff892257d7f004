package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
)

// setAttach makes the socket that clients attach to, before the runtime runs.
func (m *monitor) setAttach() error {
	if m.opts.Bundle == "" || m.opts.Log.Passthrough {
		return nil
	}
	s := m.newSocket()
	fd, err := m.store.TakeFD(storeAttach, s.listen)
	if err != nil {
		return err
	}
	s.fd = fd
	m.socket = s
	if err := m.identify(s); err != nil {
		return err
	}
	if !m.opts.FullAttach {
		if s.link, err = wire.SocketLink(m.opts.SocketDir, m.opts.CUUID, m.opts.Bundle); err != nil {
			return err
		}
	}
	m.loop.SetListeners(-1, s.fd)
	return nil
}

func (m *monitor) newSocket() *socket { return &socket{path: filepath.Join(m.opts.Bundle, "attach")} }

// identify notes which file the socket is: of an earlier process if that has
// noted it, else what is at its path now.
func (m *monitor) identify(s *socket) (err error) {
	if m.service != nil {
		s.id = m.service.record.socket()
	}
	if s.id != (sys.FileID{}) {
		return nil
	}
	s.id, err = sys.FileIDOf(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody has removed it: nobody needs to
	}
	if err != nil {
		return err
	}
	if m.service != nil {
		m.service.record.setSocket(s.id)
	}
	return nil
}

// leftAttach takes the socket out of the store for nothing but its end: the engine
// has been told of the container's, and what is in the bundle may be a
// successor's.
func (m *monitor) leftAttach() (err error) {
	list := m.store.Set.Named(storeAttach).Rest()
	if len(list) == 0 {
		return nil
	}
	s := m.newSocket()
	if s.fd, err = setup.Disown(list[0].File); err != nil {
		return err
	}
	s.id = m.service.record.socket()
	if !m.opts.FullAttach {
		s.link = wire.SocketLinkPath(m.opts.SocketDir, m.opts.CUUID)
	}
	m.socket = s
	return nil
}

// socket is the attach socket.
type socket struct {
	fd         int
	id         sys.FileID // of the file at path, as long as fd is open
	path, link string
}

// attachBacklog is how many clients may wait to be accepted.
const attachBacklog = 128

// listen makes the socket "attach" in the bundle, whose path may be longer than
// an address.
func (s *socket) listen() (*os.File, error) {
	if err := remove(s.path); err != nil {
		return nil, err
	}
	dir, err := os.Open(filepath.Dir(s.path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dir.Close() }()
	u, err := sys.OpenUnixSocket(sys.SockSeqPacket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = u.Close() }()
	if err := errors.Join(u.Chmod(0o700), u.BindAt(dir, filepath.Base(s.path)), u.Listen(attachBacklog)); err != nil {
		return nil, err
	}
	fd, err := sys.DupFD(u.FD())
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), s.path), nil
}

// remove takes the socket's name away. One that is another's by now stays.
func (s *socket) remove() error {
	if s == nil {
		return nil
	}
	id, err := sys.FileIDOf(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || id != s.id {
		return err
	}
	return remove(s.path)
}

// remove removes a file; one that is gone is no error.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
