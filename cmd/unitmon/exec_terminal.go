package main

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/sys"
)

// terminal runs a session with a terminal of its own, which ours shows. What a
// process does with a signal of a user who is not there any more is not waited
// for: a signal to this program ends the session.
func (o *execOptions) terminal(ctx context.Context, s *container.Session, forward *container.Forwarder) (p *container.SessionProcess, err error) {
	forward.Stop()
	if err := forward.Interrupted(); err != nil {
		return nil, err
	}
	mode := attach.Mode{
		Raw:  o.interactive,
		Ends: []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM},
	}
	err = attach.WithTerminal(ctx, os.Stdin, mode, func(ctx context.Context, t *attach.Terminal) error {
		s.SetSize(t.Size())
		var err error
		if p, err = s.Start(ctx, [3]*os.File{}); err != nil {
			return err
		}
		return o.show(ctx, t, p)
	})
	return p, err
}

// show joins our terminal and the session's until the process ends or ctx does.
func (o *execOptions) show(ctx context.Context, t *attach.Terminal, p *container.SessionProcess) error {
	if o.interactive {
		in, err := sys.OpenInput(os.Stdin)
		if err != nil {
			return err
		}
		defer in.Stop()
		go func() {
			defer t.Guard()
			defer func() { _ = in.Close() }()
			// It ends with Stop, or when p.Master is closed.
			_ = attach.CopyInput(keyboard{p.Master}, in, nil)
		}()
	}
	sizes, stop := context.WithCancel(ctx)
	defer stop()
	go resize(sizes, t, p.Master)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		defer t.Guard()
		copyScreen(os.Stdout, p.Master)
	}()
	if _, err := p.Wait(ctx); err != nil {
		return err
	}
	// What it left in the background may keep the terminal open.
	err := p.Master.SetReadDeadline(time.Unix(1, 0))
	<-shown
	return err
}

// resize gives the session's terminal the size of ours, until ctx ends.
func resize(ctx context.Context, t *attach.Terminal, master *os.File) {
	defer t.Guard()
	for {
		rows, cols := t.Size()
		_ = sys.SetWindowSize(master, uint16(rows), uint16(cols)) // it may be gone
		select {
		case <-ctx.Done():
			return
		case <-t.Resized():
		}
	}
}

// screenLeft bounds what is still shown of a terminal whose process has ended,
// bytes: more than the kernel keeps for it (TTYB_DEFAULT_MEM_LIMIT, 640 KiB).
const screenLeft = 1 << 20

// copyScreen shows what comes from the master until all who have the terminal
// open are gone, or its deadline is over; then it shows what is there. Where
// nothing can be shown any more it goes on, so that nobody waits for it.
func copyScreen(to io.Writer, master *os.File) {
	out := &sink{w: to, lenient: true}
	_, err := io.Copy(out, struct{ io.Reader }{master})
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	buf := make([]byte, 32<<10)
	for left := screenLeft; left > 0; {
		n, err := sys.ReadReady(master, buf)
		if err != nil || n == 0 {
			return
		}
		_, _ = out.Write(buf[:n])
		left -= n
	}
}

// keyboard is a terminal's master for CopyInput. The end of our own terminal is
// that of the session, by SIGHUP.
type keyboard struct{ io.Writer }

// CloseWrite does nothing.
func (keyboard) CloseWrite() error { return nil }
