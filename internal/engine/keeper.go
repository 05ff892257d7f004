package engine

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/engine/place"
	"github.com/unitmon/unitmon/internal/engine/wire"
	"github.com/unitmon/unitmon/internal/sys"
)

// What is said on the link between a keeper and its service: a byte, and what
// belongs to it.
const (
	linkTaken  = 'T' // the service has everything
	linkExit   = 'X' // and the exit code
	linkSignal = 'S' // and the signal's number, to the service
)

// keeper is the process that an engine knows of a monitor that is a service. It
// lives until the service's exit command has ended, whatever process of the
// service that is, and ends with its exit code.
type keeper struct {
	m     *monitor
	link  *os.File // the keeper's end
	code  int
	ended bool
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
	err = k.start(theirs)
	if err = errors.Join(err, theirs.Close()); err != nil {
		return 0, errors.Join(err, link.Close())
	}
	return k.code, k.stay()
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
	err = r.Wait(place.Patience)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	// The manager says that it is ready: it has said so to us first.
	var b [2]byte
	if n, err := sys.ReadNowFile(k.link, b[:]); err != nil || n != 1 || b[0] != linkTaken {
		return errors.Join(errNotTaken, err)
	}
	return nil
}

// stay waits for the service's end and hands signals on to it.
func (k *keeper) stay() error {
	m := k.m
	poll, err := sys.NewPoll()
	if err != nil {
		return err
	}
	m.poll = poll
	if err := errors.Join(m.detach(), wire.CloseFDs(m.inherited), m.setSignals()); err != nil {
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
	var tags []int
	for !k.ended {
		if tags, err = poll.Wait(tags[:0]); err != nil {
			return err
		}
		for _, tag := range tags {
			if err := m.call(tag); err != nil {
				return err
			}
		}
	}
	return nil
}

// hear handles what the service says.
func (k *keeper) hear() error {
	var b [8]byte
	n, err := sys.ReadNowFile(k.link, b[:])
	switch {
	case sys.IsErrno(err, sys.EAGAIN):
		return nil
	case n == 2 && b[0] == linkExit:
		k.code, k.ended = int(b[1]), true
		return nil
	case n == 0: // it has failed for good: the manager's store is empty
		k.ended = true
		return nil
	}
	return err
}
