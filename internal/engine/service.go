package engine

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/cli"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/socketact"
)

// A monitor that is a service was started by the manager, not by the engine.
// What the engine gave is with its keeper, the process that the engine knows,
// until the service has taken it: descriptors with pidfd_getfd(2), the rest from
// /proc. From then on it is in the manager's store, so that the process that
// follows one that was killed has it.

// KeeperVar names the keeper to the service: its pid, and the descriptor of its
// end of the link.
const KeeperVar = "_UNITMON_KEEPER"

// StageService is the value of StageVar for the service.
const StageService = "service"

// Names in the manager's store, beside those of package setup.
const (
	storeConfig  = "config"
	storeRecord  = "record"
	storeLink    = "keeper"
	storeSync    = "sync"
	storeChild   = "child"
	storeAttach  = "attach"
	storeCommand = "command" // the exit command's pidfd
	storeHeld    = "held-"   // and the number that the engine gave it
)

// service is what a monitor has that is one.
type service struct {
	config config
	record record
	link   *os.File // to the keeper
	resume bool     // an earlier process was here
}

// config is what the engine's process was given.
type config struct {
	Args []string `json:"args"`
	Env  []string `json:"env"`
	Dir  string   `json:"dir"`
	Held []int    `json:"held"` // numbers of descriptors
	// Score is what /proc/self/oom_score_adj said there.
	Score string `json:"score"`
	// Limits are what that process has, and what it starts is to have.
	Limits sys.Limits `json:"limits"`
}

// Serve is the monitor as a service, from its start to its end. It returns the
// exit code, which is the container's.
func Serve() int {
	m, err := takeService()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conmon:", err)
		return 1
	}
	code := m.serve()
	if _, err := m.service.link.Write([]byte{linkExit, byte(code)}); err != nil {
		m.diag.Info(err.Error()) // the keeper is gone
	}
	return code
}

// serve is the monitor's life, or what is left of it.
func (m *monitor) serve() int {
	if m.service.record.phase() == commanded {
		return m.endAgain()
	}
	if err := m.check(); err != nil {
		m.diag.Warn(err.Error()) // it was right once, and the container runs
	}
	if err := m.watch(); err != nil {
		m.broken(err)
	}
	return m.end()
}

// check fills in what options leave to be found out. The engine's process has
// made the checks.
func (m *monitor) check() error {
	quiet := cli.NewDiag(m.opts, m.service.config.Args[0], new(strings.Builder))
	return errors.Join(os.Chdir(m.service.config.Dir), m.opts.Check(quiet))
}

// takeService makes the monitor of what the keeper, or an earlier process, has
// left.
func takeService() (*monitor, error) {
	m := &monitor{life: life(), service: new(service)}
	m.catch() // a signal may come before there is anything to do about it
	set, err := socketact.Take()
	if err != nil {
		return nil, err
	}
	manager, err := notify.FromEnv()
	if err != nil {
		return nil, err
	}
	m.store = setup.Store{Set: set, Manager: manager}
	if err := m.service.take(m.store); err != nil {
		return nil, err
	}
	c := &m.service.config
	m.env = fromEngine(c.Env)
	if m.opts, err = cli.Parse(c.Args[0], c.Args[1:], m.getenv); err != nil {
		return nil, err
	}
	m.diag = cli.NewDiag(m.opts, c.Args[0], os.Stderr)
	if err := c.Limits.Set(); err != nil {
		m.diag.Info(err.Error())
	}
	return m, errors.Join(m.service.claim(manager), m.startOver())
}

// startOver gives up what a process has stored that was killed before it started
// the runtime: the other ends of the pipes, the runtime's, are gone with it.
func (m *monitor) startOver() (err error) {
	if m.service.record.phase() != fresh {
		return nil
	}
	for _, name := range []string{streamNames[0], streamNames[1], loop.StdinName} {
		list := m.store.Set.Named(name).Rest()
		for _, e := range list {
			err = errors.Join(err, e.File.Close())
		}
		if len(list) > 0 {
			err = errors.Join(err, m.store.Manager.Remove(name))
		}
	}
	return err
}

// getenv is os.Getenv of the engine's environment.
func (m *monitor) getenv(name string) string {
	value, _ := lookup(m.env, name)
	return value
}

// setHeld takes the engine's descriptors out of the store.
func (m *monitor) setHeld() (err error) {
	for _, e := range m.store.Set.Named(storeSync).Rest() {
		fd, err := setup.Disown(e.File)
		if err != nil {
			return err
		}
		if m.sync, err = wire.TakePipe(storeSync, strconv.Itoa(fd)); err != nil {
			return err
		}
	}
	for _, n := range m.service.config.Held {
		for _, e := range m.store.Set.Named(storeHeld + strconv.Itoa(n)).Rest() {
			fd, err := sys.Dup(e.File)
			if err := errors.Join(err, e.File.Close()); err != nil {
				return err
			}
			m.held = append(m.held, sys.Held{Number: n, FD: fd})
		}
	}
	return nil
}

// again goes on where an earlier process was killed.
func (m *monitor) again() error {
	r := m.service.record
	m.began = true
	m.child.pid = r.pid()
	switch r.phase() {
	case fresh:
		m.create()
	case starting:
		m.child.pid = 0
		m.fail("the monitor was killed while the runtime was at work")
	case lives, announced:
		return m.adoptAgain()
	case over:
		m.code = r.code()
		if _, ok := r.oom(); ok {
			m.watchOOM()
		}
		m.drain()
	case recorded:
		m.code = r.code()
		m.leave()
	}
	return nil
}

// adoptAgain takes up the container's process, which is no child of this one: how
// it ends the kernel tells.
func (m *monitor) adoptAgain() error {
	m.state = running
	list := m.store.Set.Named(storeChild).Rest()
	if len(list) == 0 {
		m.childEnded() // unknown
		return nil
	}
	fd, err := sys.Dup(list[0].File)
	if err != nil {
		return err
	}
	if m.child.fd, err = sys.NewPidfd(fd); err != nil {
		return err
	}
	m.announce()
	m.watchOOM()
	ended, err := m.child.fd.Exited()
	if !ended { // else it has ended by itself, whenever that was
		m.setTimeout()
	}
	m.describe()
	return errors.Join(err, list[0].File.Close(), m.add(fd, m.childGone))
}

// keepChild stores the container's pidfd, surely: from then on its exit is not
// lost whatever ends this process.
func (m *monitor) keepChild() error {
	if m.service == nil || m.child.fd == nil {
		return nil
	}
	m.tellChild()
	err := m.store.Manager.Store(storeChild, false, m.child.fd.File())
	return errors.Join(err, barrier(m.store.Manager))
}

// fromKeeper handles what the keeper hands on.
func (m *monitor) fromKeeper() error {
	var b [8]byte
	n, err := m.service.link.Read(b[:])
	if err != nil || n == 0 { // it is gone: nobody waits for this monitor any more
		fd, herr := sys.Handle(m.service.link)
		return errors.Join(herr, m.poll.Remove(fd))
	}
	if n == 2 && b[0] == linkSignal {
		m.signalled(int(b[1]))
	}
	return nil
}

// resumes reports whether an earlier process has got beyond the beginning.
func (m *monitor) resumes() bool { return m.service != nil && m.service.record.phase() != fresh }

// finished reports whether an earlier process has told the engine of the exit.
func (m *monitor) finished() bool { return m.service != nil && m.service.record.phase() == recorded }

// setLink listens to the keeper.
func (m *monitor) setLink() error {
	if m.service == nil {
		return nil
	}
	fd, err := sys.Handle(m.service.link)
	if err != nil {
		return err
	}
	return m.add(fd, m.fromKeeper)
}
