package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/unitmon/unitmon/internal/attach"
)

// show writes the container's output to ours.
func (se *session) show(ctx context.Context) error {
	out, errs := &sink{w: os.Stdout}, &sink{w: os.Stderr}
	if se.hold && se.input {
		// Who has closed our stdout may still want what stdin does.
		out.lenient, errs.lenient = true, true
	}
	for {
		err := se.follower.Copy(ctx, attach.Output{Stdout: out, Stderr: errs, Note: se.note}, se.gap)
		if !errors.Is(err, attach.ErrDropped) {
			return se.readerGone(errors.Join(err, out.err, errs.err))
		}
		if !se.hold && !se.record.Terminal {
			return fmt.Errorf("container %s: %w", se.record.Name, attach.ErrDropped) // a part of a stream is no use
		}
		if again, err := se.follower.Again(ctx); err != nil || !again {
			return err
		}
	}
}

// sink is a writer that, if lenient, takes everything also after it has failed.
type sink struct {
	w       io.Writer
	lenient bool
	err     error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	if s.lenient {
		return len(p), nil
	}
	return len(p), s.err
}

// readerGone looks for the error of a reader that has gone, as of "| head". If
// we stay with the container all the same, it is none; else we die of it.
func (se *session) readerGone(err error) error {
	switch {
	case errors.Is(err, net.ErrClosed):
		return nil // we have closed the connection
	case !errors.Is(err, syscall.EPIPE):
		return err
	case se.hold:
		return nil
	}
	return &attach.SignalError{Signal: syscall.SIGPIPE}
}

// gap says that output may be missing.
func (se *session) gap() {
	se.note(fmt.Sprintf("the relay was stopped: some output may be in the logs only (unitmon logs %s)", se.record.Name), false)
}

// note says something to whoever runs this program.
func (se *session) note(text string, failed bool) {
	kind, begin, end := "note", "", "\n"
	if failed {
		kind = "error"
	}
	if se.raw { // the cursor may be anywhere in a line
		begin, end = "\r\n", "\r\n"
	}
	fmt.Fprintf(os.Stderr, "%sunitmon: %s: %s%s", begin, kind, oneLine(errors.New(text)), end)
}
