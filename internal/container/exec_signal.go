package container

import (
	"context"
	"os"
	"os/signal"
	"sync"

	"github.com/unitmon/unitmon/internal/sys"
)

// InterruptedError is the end of a session by a signal before its process ran.
type InterruptedError struct{ Signal int }

func (e *InterruptedError) Error() string { return "interrupted by " + sys.SignalName(e.Signal) }

// Forwarder passes signals to this program on to a session's process. One that
// comes before there is one is kept for it, since it may run already when the
// runtime has not returned; the second ends a start that takes too long.
type Forwarder struct {
	signals chan os.Signal
	done    chan struct{}

	mu      sync.Mutex
	stopped bool                    // guarded by mu
	process *SessionProcess         // guarded by mu
	early   int                     // guarded by mu; the first that came before there was a process
	cancel  context.CancelCauseFunc // guarded by mu; nil: nothing to end
}

// NewForwarder catches sys.SignalsOfSession from now on, until Stop.
func NewForwarder() *Forwarder {
	f := &Forwarder{signals: make(chan os.Signal, 16), done: make(chan struct{})}
	signal.Notify(f.signals, sys.SignalsOfSession()...)
	go f.run()
	return f
}

func (f *Forwarder) run() {
	for {
		select {
		case <-f.done:
			return
		case s := <-f.signals:
			f.pass(int(sys.SignalNumber(s)))
		}
	}
}

// pass passes one signal on. That it cannot be sent is no reason for anything.
func (f *Forwarder) pass(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.process != nil {
		_ = f.process.Signal(n)
		return
	}
	if f.early == 0 {
		f.early = n
	} else if f.cancel != nil {
		f.cancel(&InterruptedError{n})
	}
}

// Until is a context for a start, which the second signal ends with an
// *InterruptedError as its cause. release gives it up when the start is over.
func (f *Forwarder) Until(ctx context.Context) (started context.Context, release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ctx, f.cancel = context.WithCancelCause(ctx)
	cancel := f.cancel
	return ctx, func() { cancel(nil) }
}

// To makes p the process that gets the signals, and the one that was kept. One
// that comes after p.Close is lost.
func (f *Forwarder) To(p *SessionProcess) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.process = p
	if f.early != 0 {
		_ = p.Signal(f.early)
	}
}

// Interrupted is an *InterruptedError if a signal came before there was a process.
func (f *Forwarder) Interrupted() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.early == 0 {
		return nil
	}
	return &InterruptedError{f.early}
}

// Stop gives the signals back. It may be called again.
func (f *Forwarder) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stopped {
		return
	}
	f.stopped, f.process = true, nil
	signal.Stop(f.signals)
	close(f.done)
}
