package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/unit"
)

// session joins this program's streams to a container's. A nil *session joins
// nothing.
type session struct {
	record *container.Record
	hold   bool   // the container waits for us, and we for it; else it does not, and we leave when we cannot go on
	input  bool   // our stdin is the container's
	sized  bool   // our terminal's size is the container's
	keys   []byte // detach keys, if our stdin is a terminal

	raw      bool // our terminal is in raw mode meanwhile
	follower *container.Follower
	resizer  *attach.Resizer
}

// join connects to the relay.
func (se *session) join(ctx context.Context, m *unit.Conn, s *container.Started, o attach.Options) (err error) {
	if !attach.IsTerminal(os.Stdin) {
		// What is piped in may have any bytes.
		se.sized, se.keys = false, nil
	} else {
		se.raw = se.input && se.record.Terminal
	}
	se.resizer = attach.NewResizer(s.Dir.Control())
	o.Hold, o.Stdin = se.hold, se.input
	se.follower, err = container.Follow(ctx, m, s, o)
	return err
}

// within runs f with our terminal in the mode that the session needs. A session
// that a signal ends makes this program die by it; one that was left by the
// detach keys is a success.
func (se *session) within(ctx context.Context, f func(context.Context, *attach.Terminal) error) error {
	if se == nil || !se.sized && !se.raw {
		return ending(f(ctx, nil))
	}
	mode := attach.Mode{Raw: se.raw}
	if se.raw {
		mode.Ends = se.ends()
	}
	err := attach.WithTerminal(ctx, os.Stdin, mode, f)
	if errors.Is(err, attach.ErrDetached) {
		fmt.Fprintln(os.Stderr) // the cursor is somewhere in a line of the container's
	}
	return ending(err)
}

// ends are the signals that end a session with a terminal in raw mode: all that
// do not go to the container.
func (se *session) ends() []os.Signal {
	if se.hold {
		return []os.Signal{syscall.SIGHUP}
	}
	return []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM}
}

// ending turns the reasons to leave into ends of this program.
func ending(err error) error {
	var ended *attach.SignalError
	switch {
	case errors.Is(err, attach.ErrDetached):
		return nil
	case errors.As(err, &ended):
		n, _ := ended.Signal.(syscall.Signal)
		return diedError(n)
	}
	return err
}

// left reports whether err means that we have left a container that goes on.
func left(err error) bool {
	var ended *attach.SignalError
	return errors.Is(err, attach.ErrDetached) || errors.As(err, &ended)
}

// stay moves bytes until await returns, which it does when the container has
// ended, or its context ends. The error is await's, or why we left before.
func (se *session) stay(ctx context.Context, t *attach.Terminal, await func(context.Context) error) error {
	stays, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	lives, end := context.WithCancel(stays)
	defer end()
	moved := make(chan error, 1)
	go func() {
		defer t.Guard()
		err := se.move(stays, lives, t)
		if err != nil && (!se.hold || left(err)) {
			leave(err)
		}
		moved <- err
	}()
	err := await(stays)
	end()
	err = errors.Join(err, <-moved)
	if stays.Err() != nil {
		return context.Cause(stays)
	}
	return err
}

// move moves bytes until lives ends, which says that the container has ended and
// that what it sent is to be shown, or stays, which says that we leave.
func (se *session) move(stays, lives context.Context, t *attach.Terminal) error {
	if se == nil {
		return nil
	}
	stop := context.AfterFunc(stays, func() { _ = se.follower.Close() })
	defer stop()
	endSizes := se.followSize(lives, t)
	typed, endTyping, err := se.startTyping(t)
	if err != nil {
		endSizes()
		return errors.Join(err, se.follower.Close())
	}
	shown := se.show(lives)
	err = errors.Join(endTyping(), se.follower.Close())
	how := <-typed
	endSizes()
	switch {
	case errors.Is(how, attach.ErrDetached):
		return how
	case stays.Err() != nil:
		return context.Cause(stays)
	}
	return errors.Join(shown, err)
}
