package attach

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/term"

	"github.com/unitmon/unitmon/internal/sys"
)

// Mode is how WithTerminal uses a terminal.
type Mode struct {
	// Raw gives the container every key, also those that would send a signal.
	Raw bool
	// Ends are the signals that end the function: without it they would end
	// this process, and leave the terminal in raw mode.
	Ends []os.Signal
}

// SignalError is the end of WithTerminal by a signal.
type SignalError struct{ Signal os.Signal }

func (e *SignalError) Error() string { return "ended by signal: " + e.Signal.String() }

// Terminal is the terminal of this process while WithTerminal uses it. A nil
// *Terminal is none.
type Terminal struct {
	file    *os.File // the caller's
	mode    Mode
	signals chan os.Signal
	resized chan struct{}
	mu      sync.Mutex
	saved   *term.State // guarded by mu; nil: it was never in raw mode
	over    bool        // guarded by mu; never again
}

// WithTerminal runs f while tty is in a mode, and gives the terminal back as it
// was: when f returns or panics, or a goroutine of f that has deferred Guard; at
// once when a signal of m.Ends comes, which also ends f's context, and then the
// error is a *SignalError; and while SIGTSTP stops this process. After a stop of
// any kind it is in that mode again. In the background of its session this
// process does not touch it.
func WithTerminal(ctx context.Context, tty *os.File, m Mode, f func(context.Context, *Terminal) error) (err error) {
	t := &Terminal{file: tty, mode: m, signals: make(chan os.Signal, 16), resized: make(chan struct{}, 1)}
	// The signals first: one that came in between would leave it raw.
	t.notify()
	defer signal.Stop(t.signals)
	if err := t.enter(); err != nil {
		return fmt.Errorf("terminal: %w", err)
	}
	defer func() { err = errors.Join(err, t.Restore()) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := t.watch(cancel)
	defer stop()
	err = f(ctx, t)
	var ended *SignalError
	if errors.As(context.Cause(ctx), &ended) {
		return ended
	}
	return err
}

// notify asks for the signals that matter.
func (t *Terminal) notify() {
	signal.Notify(t.signals, sys.SIGWINCH, sys.SIGCONT)
	if t.mode.Raw {
		signal.Notify(t.signals, sys.SIGTSTP)
	}
	if len(t.mode.Ends) > 0 {
		signal.Notify(t.signals, t.mode.Ends...)
	}
}

// watch handles signals until stop is called.
func (t *Terminal) watch(cancel context.CancelCauseFunc) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer t.Guard()
		for {
			select {
			case <-done:
				return
			case s := <-t.signals:
				t.handle(s, cancel)
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// handle does what one signal asks for. That the terminal cannot be set, as when
// it has hung up, is no reason to stop: what reads it sees the end.
func (t *Terminal) handle(s os.Signal, cancel context.CancelCauseFunc) {
	switch s {
	case sys.SIGWINCH:
	case sys.SIGCONT:
		_ = t.enter()
	case sys.SIGTSTP:
		_ = t.Restore()
		_ = sys.StopSelf() // what goes on is SIGCONT's
		return
	default:
		t.leave()
		signal.Reset(t.mode.Ends...) // the next one does what it does by default
		cancel(&SignalError{s})
		return
	}
	select {
	case t.resized <- struct{}{}:
	default: // it is known already that the size has to be looked at
	}
}

// enter sets raw mode, if that is wanted. The mode that is given back is the one
// of the first time: after a stop it may be a shell's.
func (t *Terminal) enter() error {
	if !t.mode.Raw {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return onFD(t.file, func(fd int) error {
		if t.over || sys.Background(fd) {
			return nil
		}
		before, err := term.MakeRaw(fd)
		if t.saved == nil {
			t.saved = before
		}
		return err
	})
}

// leave is Restore for good.
func (t *Terminal) leave() {
	t.mu.Lock()
	t.over = true
	t.mu.Unlock()
	_ = t.Restore()
}

// Restore gives the terminal back its mode. It may be called at any time, also
// more than once. While this process is in the background, the mode is that of
// the shell or of another program, and stays.
func (t *Terminal) Restore() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.saved == nil {
		return nil
	}
	saved := t.saved
	return onFD(t.file, func(fd int) error {
		if sys.Background(fd) {
			return nil
		}
		if err := term.Restore(fd, saved); err != nil {
			return fmt.Errorf("terminal: %w", err)
		}
		return nil
	})
}

// Guard, deferred in a goroutine, gives the terminal back before a panic in it
// ends the program.
func (t *Terminal) Guard() {
	if r := recover(); r != nil {
		_ = t.Restore()
		panic(r)
	}
}

// Resized is readable when the size may have changed: after SIGWINCH, and when
// this process goes on after a stop.
func (t *Terminal) Resized() <-chan struct{} {
	if t == nil {
		return nil
	}
	return t.resized
}

// Size is the terminal's size in characters; 0 is unknown.
func (t *Terminal) Size() (rows, cols int) {
	_ = onFD(t.file, func(fd int) (err error) {
		cols, rows, err = term.GetSize(fd)
		return err
	})
	return rows, cols
}

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool {
	is := false
	_ = onFD(f, func(fd int) error {
		is = term.IsTerminal(fd)
		return nil
	})
	return is
}

// onFD calls do with the descriptor of f, without changing its mode as f.Fd()
// would.
func onFD(f *os.File, do func(fd int) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	cerr := raw.Control(func(fd uintptr) { err = do(int(fd)) })
	return errors.Join(err, cerr)
}
