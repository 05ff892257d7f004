package container

import (
	"context"

	"github.com/unitmon/unitmon/internal/attach"
	"github.com/unitmon/unitmon/internal/sys"
)

// DrainRelay returns when everything that the container has written is stored.
// It must not be called while the container can still write. A relay that dies
// meanwhile is started again by the manager, and asked again.
func DrainRelay(ctx context.Context, d Dir) error {
	for {
		pending, err := pendingOutput(d)
		if err != nil || pending == 0 {
			return err
		}
		err = attach.Ask(ctx, d.Control(), "drain")
		if err == nil || ctx.Err() != nil || !connectionLost(err) {
			return err
		}
	}
}

// pendingOutput is how many bytes are in the FIFOs. The relay takes bytes out
// only when they are stored, so 0 means that nothing is left to do.
func pendingOutput(d Dir) (int, error) {
	n := 0
	for _, path := range []string{d.Stdout(), d.Stderr()} {
		p, err := sys.FIFOPending(path)
		if err != nil {
			return 0, err
		}
		n += p
	}
	return n, nil
}

// connectionLost reports whether err means that the relay went away.
func connectionLost(err error) bool { return attach.Lost(err) }
