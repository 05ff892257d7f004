package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// take takes everything that is kept. The configuration is stored last: where it
// is, the rest is.
func (s *service) take(store setup.Store) error {
	s.resume = slices.Contains(store.Set.Names(), storeConfig)
	if !s.resume {
		if err := s.fetch(store); err != nil {
			return fmt.Errorf("keeper: %w", err)
		}
	}
	f, _, err := store.Take(storeConfig, s.write)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if s.resume {
		if _, err := f.Seek(0, 0); err != nil {
			return err
		}
		if err := json.NewDecoder(f).Decode(&s.config); err != nil {
			return fmt.Errorf("stored configuration: %w", err)
		}
	}
	if err := s.open(store); err != nil {
		return err
	}
	s.link, _, err = store.Take(storeLink, nobody)
	return err
}

// claim has the keeper say that this process is the monitor, before anything is
// done: one that has given up waiting is the monitor itself.
func (s *service) claim(manager *notify.Socket) error {
	if s.record.phase() != fresh {
		return nil
	}
	if err := barrier(manager); err != nil {
		return err
	}
	if _, err := s.link.Write([]byte{linkTaken}); err != nil {
		return fmt.Errorf("keeper: %w", err)
	}
	for b := [8]byte{}; b[0] != linkTaken; {
		if _, err := s.link.Read(b[:]); err != nil {
			return fmt.Errorf("keeper: %w", err)
		}
	}
	return nil
}

// barrier waits until the manager has handled what it was told, for a while.
func barrier(manager *notify.Socket) error {
	ctx, cancel := context.WithTimeout(context.Background(), place.Patience)
	defer cancel()
	return manager.Barrier(ctx)
}

// nobody is for what must be in the store.
func nobody() (*os.File, error) { return nil, errors.New("it is not in the descriptor store") }

func (s *service) open(store setup.Store) error {
	f, _, err := store.Take(storeRecord, func() (*os.File, error) { return sys.SharedMemory("unitmon-record", recordSize) })
	if err != nil {
		return err
	}
	s.record.mem, err = sys.MapShared(f, recordSize)
	return errors.Join(err, f.Close())
}

// write makes the file of the configuration.
func (s *service) write() (*os.File, error) {
	text, err := json.Marshal(&s.config)
	if err != nil {
		return nil, err
	}
	return sys.SealedMemfd("unitmon-config", text)
}

// fetch takes over from the keeper.
func (s *service) fetch(store setup.Store) error {
	pidText, fdText, _ := strings.Cut(os.Getenv(KeeperVar), ":")
	pid, err1 := strconv.Atoi(pidText)
	link, err2 := strconv.Atoi(fdText)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	keeper, err := sys.OpenPidfd(pid)
	if err != nil {
		return err
	}
	defer func() { _ = keeper.Close() }()
	if err := s.config.read(pid); err != nil {
		return err
	}
	put := func(name string, fd int) error {
		f, err := keeper.Descriptor(fd)
		if err != nil {
			return err
		}
		// A copy that a process before this one has stored would come first.
		if err := store.Manager.Remove(name); err != nil {
			return err
		}
		return errors.Join(store.Manager.Store(name, false, f), store.Set.Add(name, f))
	}
	if err := put(storeLink, link); err != nil {
		return err
	}
	syncText, _ := lookup(s.config.Env, wire.SyncPipe)
	sync, _ := strconv.Atoi(syncText)
	for _, fd := range s.config.Held {
		name := storeHeld + strconv.Itoa(fd)
		if fd == sync {
			name = storeSync
		}
		if err := put(name, fd); err != nil {
			return err
		}
	}
	return nil
}

// HeldVar lists the descriptors that the keeper holds for the service.
const HeldVar = "_UNITMON_HELD"

// read reads what a process was given. It is the keeper, which has not changed
// it.
func (c *config) read(pid int) (err error) {
	proc := "/proc/" + strconv.Itoa(pid) + "/"
	if c.Args, err = strings0(proc + "cmdline"); err != nil {
		return err
	}
	if c.Env, err = strings0(proc + "environ"); err != nil {
		return err
	}
	if c.Dir, err = os.Readlink(proc + "cwd"); err != nil {
		return err
	}
	if c.Score, err = readScore(proc + "oom_score_adj"); err != nil {
		return err
	}
	if c.Limits, err = sys.LimitsOf(pid); err != nil {
		return err
	}
	for _, n := range strings.Fields(os.Getenv(HeldVar)) {
		fd, err := strconv.Atoi(n)
		if err != nil {
			return err
		}
		c.Held = append(c.Held, fd)
	}
	if len(c.Args) == 0 {
		return errors.New(proc + "cmdline is empty")
	}
	return nil
}

// strings0 reads a file of strings that are ended by NUL.
func strings0(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00"), nil
}
