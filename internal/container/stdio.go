package container

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/oci"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/journal"
)

// stdio opens what the container gets as standard input, output and error. Of
// a container with a terminal only the last is used, for what the runtime
// prints.
func (l *launcher) stdio(ctx context.Context) (files [3]*os.File, err error) {
	defer func() {
		if err != nil {
			closeAll(files[:])
		}
	}()
	if files[0], err = l.stdin(ctx); err != nil {
		return files, err
	}
	open := [2]func() (*os.File, error){
		func() (*os.File, error) { return sys.OpenFIFOWriter(l.dir.Stdout()) },
		func() (*os.File, error) { return sys.OpenFIFOWriter(l.dir.Stderr()) },
	}
	if l.record.Stdio == StdioJournal {
		open[0] = func() (*os.File, error) { return l.stream(6) }
		open[1] = func() (*os.File, error) { return l.stream(3) }
	}
	for i := range open {
		if files[i+1], err = open[i](); err != nil {
			return files, err
		}
	}
	return files, nil
}

// stdin opens /dev/null, or the reading end of a pipe whose writing end the
// relay has: before the container exists, so that it never sees an end of
// input that nobody meant.
func (l *launcher) stdin(ctx context.Context) (*os.File, error) {
	if !l.record.Stdin || l.record.Terminal {
		return os.Open(os.DevNull)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(handRelay(ctx, l.dir, requestStdin, w), w.Close()); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// stream opens a journal stream of the given priority. The container cannot
// choose another priority in it: level prefixes are off. The unit's name is for
// lines whose writer is gone when journald reads them; it takes it from root only.
func (l *launcher) stream(priority int) (*os.File, error) {
	return journal.OpenStream(journal.StreamOptions{
		Identifier: l.record.identifier(), UnitID: l.record.Units().Service, Priority: priority,
	})
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// runCreate makes the runtime create the container. The master of its terminal
// goes to the relay, which moves what comes out of it into the stdout FIFO.
func (l *launcher) runCreate(ctx context.Context, stdio [3]*os.File) error {
	if l.record.Restore != "" {
		return l.restore(ctx, stdio)
	}
	rt, id, bundle, pidFile := l.runtime, l.record.ID, l.dir.Bundle(), l.dir.PIDFile()
	if !l.record.Terminal {
		return explain(rt.Create(ctx, id, bundle, pidFile, stdio))
	}
	master, err := rt.CreateTerminal(ctx, id, bundle, pidFile, l.dir.ConsoleSocket(), stdio[2])
	if err != nil {
		return explain(err)
	}
	return errors.Join(handRelay(ctx, l.dir, requestConsole, master), master.Close())
}

// explain says where the words of a runtime are that did not log any: its
// stderr is the container's.
func explain(err error) error {
	var rt *oci.Error
	if errors.As(err, &rt) && rt.Message == "" && rt.Status > 0 {
		return fmt.Errorf("%w (what it printed is in the container's output)", err)
	}
	return err
}
