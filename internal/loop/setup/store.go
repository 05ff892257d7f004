package setup

import (
	"errors"
	"os"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/socketact"
)

// Store is what an earlier process of this service has left with the manager,
// and the way to leave more: FDSTORE=1 of sd_notify(3). Of a process that is no
// service it is the zero Store: nothing is there, and nothing is kept.
type Store struct {
	Set     *socketact.Set
	Manager *notify.Socket
}

// Take takes the descriptor of that name out of the store, or makes one and
// stores it. It reports whether it was there.
func (s Store) Take(name string, create func() (*os.File, error)) (f *os.File, stored bool, err error) {
	if list := s.Set.Named(name).Rest(); len(list) > 0 {
		for _, e := range list[1:] {
			err = errors.Join(err, e.File.Close())
		}
		return list[0].File, true, err
	}
	if f, err = create(); err != nil {
		return nil, false, err
	}
	if err := s.Manager.Store(name, false, f); err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, false, nil
}

// TakeFD is Take for the loop, which works on bare descriptors: it is
// non-blocking, and stays open until the process ends.
func (s Store) TakeFD(name string, create func() (*os.File, error)) (fd int, err error) {
	f, _, err := s.Take(name, create)
	if err != nil {
		return -1, err
	}
	return Disown(f)
}

// Disown takes the descriptor out of f, which is then closed, and puts it into
// non-blocking mode. It stays open until the process ends.
func Disown(f *os.File) (int, error) {
	fd, err := sys.Dup(f)
	if err != nil {
		return -1, err
	}
	return fd, errors.Join(sys.SetNonblock(fd), f.Close())
}

// Clients gives the loop the connections that an earlier process had. One that
// its state does not know is hung up on: the manager's copy would keep it.
func (s Store) Clients(l *loop.Loop) error {
	for _, name := range s.Set.Names() {
		n, ok := loop.ClientPlace(name)
		if !ok {
			continue
		}
		for _, e := range s.Set.Named(name).Rest() {
			fd, err := Disown(e.File)
			if err != nil {
				return err
			}
			if !l.SetClient(n, fd) {
				_ = sys.Shutdown(fd) // it may have gone
				if err := errors.Join(sys.Close(fd), s.Manager.Remove(name)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Input gives the loop what an earlier process had of the container's input.
func (s Store) Input(l *loop.Loop) error {
	for _, name := range []string{loop.ConsoleName, loop.StdinName} {
		for _, e := range s.Set.Named(name).Rest() {
			fd, err := Disown(e.File)
			if err != nil {
				return err
			}
			l.SetInputFD(fd, name == loop.ConsoleName)
		}
	}
	return nil
}

// JournalName is the socket that datagrams go to journald by. It outlives the
// process, so that the next one can tell whether journald has read them.
const JournalName = "journal"

// Journal gives the loop the two sockets to journald.
func (s Store) Journal(l *loop.Loop) error {
	send, err := s.TakeFD(JournalName, func() (*os.File, error) {
		fd, err := sys.DatagramFD(sendBuffer)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), JournalName), nil
	})
	if err != nil {
		return err
	}
	return journalSockets(l, send)
}

// Stash makes or takes the pipe through which the bytes of stream i leave.
func (s Store) Stash(i int) (int, error) {
	return s.TakeFD([2]string{"stash-0", "stash-1"}[i], sys.DuplexPipe)
}

// The names of what a store has beside what package loop puts there.
const StateName = "state"

// State makes or takes the loop's state, of which it reports whether it was
// there. fill, which may be nil, fills a new one before it is stored.
func (s Store) State(fill func(*loop.State)) (st *loop.State, stored bool, err error) {
	var mem []byte
	f, stored, err := s.Take(StateName, func() (*os.File, error) {
		f, err := sys.SharedMemory("unitmon-state", int64(loop.StateSize))
		if err != nil {
			return nil, err
		}
		if mem, err = sys.MapShared(f, int64(loop.StateSize)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if fill != nil {
			fill(state(mem))
		}
		return f, nil
	})
	if err == nil && stored {
		mem, err = sys.MapShared(f, int64(loop.StateSize))
	}
	if err != nil {
		return nil, stored, err
	}
	return state(mem), stored, f.Close()
}

// Notify gives the loop the way to the manager's notification socket, which
// $NOTIFY_SOCKET names, and the interval of its watchdog.
func Notify(l *loop.Loop, path string) error {
	if path == "" {
		return nil
	}
	fd, err := sys.PatientDatagramFD(notifyMax)
	if err != nil {
		return err
	}
	if !l.SetNotify(fd, []byte(path)) {
		return errors.New("notification socket " + path + ": the path is too long")
	}
	interval, err := notify.WatchdogInterval()
	if err == nil && interval > 0 {
		l.SetWatchdog(interval.Microseconds() / 2)
	}
	return err
}
