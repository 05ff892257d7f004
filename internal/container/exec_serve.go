package container

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// execFailed is how the status text of a session begins that could not be
// started.
const execFailed = "exec failed: "

// ServeSession is the ExecStart= process of a detached session's service: it
// runs the session's process, sends its output to the journal, and returns how
// it ended. It must run with $NOTIFY_SOCKET. sys.SignalsOfSession to it are
// the process' own.
func ServeSession(ctx context.Context, d Dir, id string) (sys.WaitStatus, error) {
	s, err := OpenSession(d, id)
	if err != nil {
		return 0, err
	}
	manager, err := notify.FromEnv()
	if err != nil {
		return 0, err
	}
	defer func() { _ = manager.Close() }()
	forward := NewForwarder()
	defer forward.Stop()
	if err := s.RecordBegin(ctx); err != nil {
		return 0, err
	}
	starts, release := forward.Until(ctx)
	p, copied, err := s.startLogged(starts)
	release()
	if err != nil {
		return 0, errors.Join(err, manager.Send(notify.Status(execFailed+err.Error())), manager.Barrier(ctx))
	}
	forward.To(p)
	err = errors.Join(manager.Send(notify.Ready), manager.Barrier(ctx))
	status, waited := p.Wait(ctx)
	// As in any service, what is left in the background ends with the main
	// process; then the pipes end too.
	err = errors.Join(err, waited, s.kill(), copied(), p.Close())
	// Not left to EndSession: the container may be on its way, and its directory.
	return status, errors.Join(err, s.RecordEnd(ctx, p.Exit()), s.Discard())
}

// startLogged starts the session's process with two pipes that are copied to
// the journal. copied waits for the last of them.
func (s *Session) startLogged(ctx context.Context) (p *SessionProcess, copied func() error, err error) {
	var stdio [3]*os.File
	var read [2]*os.File
	defer func() { closeAll(stdio[:]) }()
	for i := range read {
		if read[i], stdio[i+1], err = os.Pipe(); err != nil {
			closeAll(read[:])
			return nil, nil, err
		}
	}
	var copies sync.WaitGroup
	var failed [2]error
	for i, priority := range []int{6, 3} {
		copies.Go(func() {
			failed[i] = s.copyToJournal(context.WithoutCancel(ctx), read[i], priority)
			_ = read[i].Close()
		})
	}
	copied = func() error {
		copies.Wait()
		return errors.Join(failed[:]...)
	}
	p, err = s.Start(ctx, stdio)
	if err != nil {
		closeAll(stdio[:])
		stdio = [3]*os.File{}
		copies.Wait()
	}
	return p, copied, err
}
