package main

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/sys"
)

// startTyping types our stdin into the container. The channel gets the reason
// why that ended; end ends it, and leaves the rest of stdin to whoever reads it
// next.
func (se *session) startTyping(t *attach.Terminal) (typed <-chan error, end func() error, err error) {
	how := make(chan error, 1)
	if !se.input {
		how <- nil
		return how, func() error { return nil }, nil
	}
	in, err := sys.OpenInput(os.Stdin)
	if err != nil {
		return nil, nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer t.Guard()
		how <- se.typing(in)
	}()
	return how, func() error {
		in.Stop()
		_ = se.follower.Close() // a Write that waits for the container
		<-ended
		return in.Close()
	}, nil
}

// typing is CopyInput for our stdin. One that cannot be read has ended.
func (se *session) typing(in *sys.Input) error {
	err := attach.CopyInput(se.follower, in, se.keys)
	switch {
	case errors.Is(err, attach.ErrDetached):
		_ = se.follower.Close()
	case err == nil, errors.Is(err, sys.ErrStopped), errors.Is(err, net.ErrClosed):
	default:
		se.note("stdin: "+err.Error(), false)
		_ = se.follower.CloseWrite()
	}
	return err
}

// sendSize sends our terminal's size.
func (se *session) sendSize(ctx context.Context, t *attach.Terminal) {
	if t == nil || !se.sized {
		return
	}
	rows, cols := t.Size()
	if err := se.resizer.Resize(ctx, rows, cols); err != nil && ctx.Err() == nil {
		se.note(err.Error(), true)
	}
}

// followSize sends it whenever it changes, until end is called.
func (se *session) followSize(ctx context.Context, t *attach.Terminal) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var sizes sync.WaitGroup
	sizes.Go(func() {
		defer t.Guard()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.Resized():
				rows, cols := t.Size()
				// At the container's end there is no relay any more.
				_ = se.resizer.Resize(ctx, rows, cols)
			}
		}
	})
	return func() {
		cancel()
		sizes.Wait()
		_ = se.resizer.Close()
	}
}
