package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
)

// maxAnswer is the largest packet that a relay sends: a kind and its data.
const maxAnswer = 1 + loop.PacketData

// Options say what a client wants of a relay.
type Options struct {
	// Hold makes the relay hold the container's output back until this client
	// has read it, as the reader of a pipe does. Without it a client that
	// lags by more than the relay keeps is dropped: ErrDropped.
	Hold bool
	// Stdin says that the client types into the container.
	Stdin bool
	// Lines and Bytes ask for the last output, before what comes: so many
	// lines, or bytes. 0 is none. The relay keeps 64 KiB.
	Lines, Bytes int
}

// request is the packet that asks for it.
func (o Options) request() string {
	words := "attach"
	if o.Hold {
		words = "follow"
	}
	if o.Stdin {
		words += " stdin"
	}
	if o.Lines > 0 {
		words += " lines=" + strconv.Itoa(o.Lines)
	}
	if o.Bytes > 0 {
		words += " bytes=" + strconv.Itoa(o.Bytes)
	}
	return words
}

// Ask makes a request that is only answered, such as "drain", on the control
// socket at path, and waits for the answer. Lost tells an error that means that
// the relay has died meanwhile.
func Ask(ctx context.Context, path, request string) error {
	c, err := ask(ctx, path, request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", request, path, err)
	}
	return c.Close()
}

// Lost reports whether err means that the relay has hung up.
func Lost(err error) bool {
	return errors.Is(err, io.EOF) || sys.IsErrno(err, sys.EPIPE) || sys.IsErrno(err, sys.ECONNRESET)
}

// ask connects to the relay, makes a request and waits for its answer.
func ask(ctx context.Context, path, request string) (*net.UnixConn, error) {
	c, err := dial(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := exchange(ctx, c, request); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// exchange sends a request and reads its answer.
func exchange(ctx context.Context, c *net.UnixConn, request string) error {
	return sys.AwaitIO(ctx, c.SetDeadline, func() error {
		if _, err := io.WriteString(c, request); err != nil {
			return err
		}
		var answer [maxAnswer]byte
		n, err := sys.ReadPacket(c, answer[:])
		switch {
		case err != nil:
			return err
		case answer[0] == loop.AnswerOK:
			return nil
		case n > 1:
			return fmt.Errorf("the relay refused %q: %s", request, answer[1:n])
		}
		return fmt.Errorf("the relay refused %q", request)
	})
}

// past is a deadline that ends what waits.
func past() time.Time { return time.Unix(1, 0) }
