package unit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/unitmon/unitmon/internal/sys"
)

// redial connects again after a loss. A bus that is restarted keeps its socket
// (its socket unit holds it), so dialling waits in the backlog and succeeds. A
// private socket is made anew by daemon-reexec: while there is none, redial
// waits for one to be created.
func redial(ctx context.Context, m Manager, h *hub) (*link, error) {
	for {
		// The watches come first: what is created after them is seen.
		watches, werr := watchRoutes(m)
		l, err := dialLink(ctx, m, h)
		if err == nil || ctx.Err() != nil || len(watches) == 0 {
			closeAll(watches)
			return l, errors.Join(err, werr)
		}
		err = awaitAny(ctx, watches)
		closeAll(watches)
		if err != nil {
			return nil, fmt.Errorf("wait for the %s: %w", m, err)
		}
	}
}

// watchRoutes watches the directories of the sockets to m. Those that do not
// exist are left out; the error says so if none is left.
func watchRoutes(m Manager) ([]*os.File, error) {
	var files []*os.File
	var errs []error
	for _, r := range routes(m) {
		name, err := socketName(r.address)
		if err != nil || name[0] == '@' {
			continue
		}
		f, err := sys.WatchCreated(filepath.Dir(name))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		files = append(files, f)
	}
	if len(files) > 0 {
		return files, nil
	}
	return nil, errors.Join(errs...)
}

// awaitAny returns when one of the watches tells something, or ctx ends.
func awaitAny(ctx context.Context, watches []*os.File) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan error, len(watches))
	for _, f := range watches {
		go func() { told <- awaitEvent(ctx, f) }()
	}
	err := <-told
	cancel()
	for range len(watches) - 1 { // none may still use its file
		<-told
	}
	return err
}

func awaitEvent(ctx context.Context, f *os.File) error {
	return sys.AwaitIO(ctx, f.SetReadDeadline, func() error {
		var buf [4096]byte
		_, err := f.Read(buf[:])
		return err
	})
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
