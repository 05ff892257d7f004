package sys

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// AwaitIO runs wait, which must block in the runtime poller on a file whose
// deadline setDeadline sets, and ends it when ctx ends; the error is then the
// cause of ctx. The deadline is cleared again. AwaitIO must not run twice at
// a time on one deadline.
func AwaitIO(ctx context.Context, setDeadline func(time.Time) error, wait func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	past := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { past <- setDeadline(time.Unix(1, 0)) })
	err := wait()
	if stop() {
		return err
	}
	// ctx ended: the deadline may only be cleared after it was set.
	if set := errors.Join(<-past, setDeadline(time.Time{})); set != nil && err == nil {
		return set
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return context.Cause(ctx)
	}
	return err
}

// AwaitEOF reads from a file in the runtime poller, and throws away what it
// reads, until it ends, or until ctx ends and then returns its cause.
func AwaitEOF(ctx context.Context, f *os.File) error {
	return AwaitIO(ctx, f.SetReadDeadline, func() error {
		_, err := io.Copy(io.Discard, f)
		return err
	})
}
