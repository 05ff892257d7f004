package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// patience is after how long Progress says that something takes its time.
const patience = time.Second

// Progress says text on w, if that is a terminal, when a second has passed and
// stop was not called, and takes it away at stop, or when ctx ends. stop must be
// called; afterwards nothing more is written.
func Progress(ctx context.Context, w io.Writer, text string) (stop func()) {
	f, ok := w.(*os.File)
	if !ok {
		return func() {}
	}
	o := of(f)
	if !o.Terminal {
		return func() {}
	}
	t := time.NewTimer(patience)
	end := progress(ctx, o, text, t.C)
	return func() {
		t.Stop()
		end()
	}
}

// progress is Progress whose time has come when due can be read.
func progress(ctx context.Context, o Out, text string, due <-chan time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
			return
		case <-due:
		}
		text = Clean(text)
		if o.Width > 1 {
			text = cut(text, o.Width-1) // a full line would wrap
		}
		_, _ = fmt.Fprint(o.W, "\r", text)
		<-ctx.Done()
		_, _ = fmt.Fprint(o.W, "\r", strings.Repeat(" ", utf8.RuneCountInString(text)), "\r")
	}()
	return func() {
		cancel()
		<-done
	}
}
