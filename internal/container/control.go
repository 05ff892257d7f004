package container

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/sys"
)

// DrainRelay returns when everything that the container has written is stored.
// It must not be called while the container can still write. A relay that dies
// meanwhile is started again by the manager, and asked again.
func DrainRelay(ctx context.Context, d Dir) error {
	for {
		waits, err := outputWaits(d)
		if err != nil || !waits {
			return err
		}
		err = attach.Ask(ctx, d.Control(), "drain")
		if err == nil || ctx.Err() != nil || !connectionLost(err) {
			return err
		}
	}
}

// outputWaits reports whether any output may still be on its way: in the FIFOs,
// out of which the relay takes only what is stored; or, if there is a relay, in
// a terminal, or for a client. That a relay is there does not mean that it lives.
func outputWaits(d Dir) (bool, error) {
	switch _, err := os.Lstat(d.RelayActive()); {
	case err == nil:
		return true, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	for _, path := range []string{d.Stdout(), d.Stderr()} {
		n, err := sys.FIFOPending(path)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// connectionLost reports whether err means that the relay went away.
func connectionLost(err error) bool { return attach.Lost(err) }
