package container

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
)

// The control requests that carry a descriptor, docs/PROTOCOLS.md.
const (
	requestConsole = "console"
	requestStdin   = "stdin"
)

// handRelay gives the relay a copy of f, and returns when the manager's file
// descriptor store has one: from then on no death of a relay loses it. f stays
// the caller's. A relay that dies before it has answered is asked again.
func handRelay(ctx context.Context, d Dir, request string, f *os.File) error {
	for {
		err := hand(ctx, d.Control(), request, f)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !connectionLost(err) {
			return fmt.Errorf("hand %s to the relay at %s: %w", request, d.Control(), err)
		}
	}
}

// hand is handRelay for one connection.
func hand(ctx context.Context, path, request string, f *os.File) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unixpacket", path)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c, _ := conn.(*net.UnixConn)
	if err := sys.SendFile(c, []byte(request), f); err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	answer := make([]byte, 1+loop.PacketData)
	n, err := sys.ReadPacket(conn, answer)
	if err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return accepted(answer[:n])
}

// accepted is nil if a relay's answer says that it did what it was asked; what
// it says else is for people.
func accepted(answer []byte) error {
	switch {
	case answer[0] == loop.AnswerOK:
		return nil
	case answer[0] == loop.AnswerError && len(answer) > 1:
		return fmt.Errorf("the relay refused it: %s", answer[1:])
	}
	return errors.New("the relay refused it")
}
