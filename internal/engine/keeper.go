package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// What is said on the link between a keeper and its service: a byte, and what
// belongs to it.
const (
	linkTaken   = 'T' // the service has everything; and back: it may begin
	linkChild   = 'C' // and the container's pid, 4 bytes, little endian
	linkCommand = 'E' // the exit command is about to run
	linkExit    = 'X' // and the exit code; the last
	linkSignal  = 'S' // and the signal's number, to the service
)

// keeper is the process that an engine knows of a monitor that is a service. It
// lives until the service's exit command has ended, whatever process of the
// service that is, and ends with its exit code.
type keeper struct {
	m     *monitor
	link  *os.File // the keeper's end
	code  int
	ended bool       // there is no service any more
	told  bool       // and it has told the engine everything
	child *sys.Pidfd // the container's process
}

// errNotTaken says that a service did not start in time.
var errNotTaken = errors.New("the service did not take over")

// keep starts the service and stays as its keeper, until there is nothing to
// keep. Before the service has taken over, an error means that this process can
// be the monitor itself.
func (m *monitor) keep() (code int, err error) {
	link, theirs, err := sys.SocketPair()
	if err != nil {
		return 0, err
	}
	k := &keeper{m: m, link: link, code: 1}
	if err := k.start(theirs); err != nil {
		// The service may come late and ask for its end by number: it finds that
		// nobody answers, and not what else might have that number by then.
		m.unit.unanswered = theirs
		return 0, errors.Join(err, link.Close())
	}
	// From here on the service is the monitor, and no error makes this process one.
	if err := errors.Join(theirs.Close(), k.stay()); err != nil {
		m.diag.Error(err.Error())
	}
	return k.code, nil
}

// start starts the service and waits until it has taken over.
func (k *keeper) start(theirs *os.File) error {
	fd, err := sys.Handle(theirs)
	if err != nil {
		return err
	}
	o := k.m.opts
	var held []string
	for _, n := range k.m.inherited {
		held = append(held, strconv.Itoa(n))
	}
	name := fmt.Sprintf("unitmon-conmon-%s-%d.service", place.Escape(o.CID[:min(len(o.CID), shortID)]), os.Getpid())
	path := self()
	r, err := k.m.unit.manager.StartService(place.ServiceUnit{
		Name:        name,
		Description: k.m.status("").String(),
		Argv:        []string{path, "-c", o.CID, "-n", o.Name},
		Env: append([]string{
			StageVar + "=" + StageService,
			KeeperVar + "=" + strconv.Itoa(os.Getpid()) + ":" + strconv.Itoa(fd),
			HeldVar + "=" + strings.Join(held, " "),
		}, runtimeVars[:]...),
	})
	if err != nil {
		return err
	}
	return errors.Join(k.handOver(r), r.Close())
}

// handOver waits until the service has everything, and lets it begin. A service
// that gets no answer does not: one of the two is the monitor, however late the
// other one comes.
func (k *keeper) handOver(r *place.Request) error {
	poll, err := sys.NewPoll()
	if err != nil {
		return err
	}
	defer func() { _ = poll.Close() }()
	timer, err := sys.NewTimer()
	if err != nil {
		return err
	}
	defer func() { _ = timer.Close() }()
	fd, err := sys.Handle(k.link)
	if err := errors.Join(err, poll.Add(fd, onLink), poll.Add(r.FD(), onRequest), poll.Add(timer.FD(), onTimer), timer.Set(place.Patience)); err != nil {
		return err
	}
	tags, err := poll.Wait(nil)
	for ; err == nil; tags, err = poll.Wait(tags[:0]) {
		switch {
		case slices.Contains(tags, onLink):
			return k.answer()
		case slices.Contains(tags, onTimer):
			return errNotTaken
		}
		if done, err := r.Ready(); done || err != nil {
			return errors.Join(errNotTaken, err)
		}
	}
	return err
}

// What can happen while a service starts.
const (
	onLink = iota
	onRequest
	onTimer
)

// answer lets the service begin. One that was killed asks again.
func (k *keeper) answer() error {
	var b [8]byte
	if n, err := sys.ReadNowFile(k.link, b[:]); err != nil || n != 1 || b[0] != linkTaken {
		return errors.Join(errNotTaken, err)
	}
	_, err := k.link.Write([]byte{linkTaken})
	return err
}

// stay waits for the service's end and hands signals on to it.
func (k *keeper) stay() error {
	m := k.m
	poll, err := sys.NewPoll()
	if err != nil {
		return err
	}
	m.poll = poll
	if err := errors.Join(m.detach(), wire.CloseFDs(m.inherited)); err != nil {
		m.diag.Warn(err.Error())
	}
	if err := m.setSignals(); err != nil {
		return err
	}
	m.forwardTo = func(s int) error {
		_, err := k.link.Write([]byte{linkSignal, byte(s)})
		return err
	}
	fd, err := sys.Handle(k.link)
	if err != nil {
		return err
	}
	if err := m.add(fd, k.hear); err != nil {
		return err
	}
	if err := m.turns(func() bool { return k.ended }); err != nil {
		return err
	}
	if err := m.poll.Remove(fd); err != nil {
		return err
	}
	return k.inherit()
}

// hear handles what the service says.
func (k *keeper) hear() error {
	var b [8]byte
	n, err := sys.ReadNowFile(k.link, b[:])
	switch {
	case sys.IsErrno(err, sys.EAGAIN):
		return nil
	case n == 2 && b[0] == linkExit:
		k.code, k.ended, k.told = int(b[1]), true, true
		return nil
	case n == 5 && b[0] == linkChild:
		return k.hold(int(binary.LittleEndian.Uint32(b[1:])))
	case n == 1 && b[0] == linkCommand:
		k.told = true
		return nil
	case n == 1 && b[0] == linkTaken: // one that follows
		_, err := k.link.Write(b[:1])
		return err
	case n == 0: // it has failed for good: the manager's store is empty
		k.ended = true
		return nil
	}
	return err
}
