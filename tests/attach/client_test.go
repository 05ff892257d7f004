package attach

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/tests/kit"
)

// conmon's attach protocol: packets of one byte that names the stream and at
// most 8192 bytes of output (attach.c, ctr_stdio.c), raw packets of input.
const (
	streamStdout = 2
	streamStderr = 3
	maxOutput    = 8192
	// conmonInput is how much of a packet of input conmon reads; the rest is
	// lost (CONN_SOCK_BUF_SIZE).
	conmonInput = 32 << 10
	maxInput    = 64 << 10
)

// client is a client of an attach socket.
type client struct {
	t    testing.TB
	conn *net.UnixConn
	done chan struct{} // closed at the end of file

	// expect, if set before read, is what stdout repeats: it is compared and
	// counted instead of kept.
	expect []byte

	mu   sync.Mutex
	n    int             // guarded by mu; bytes of stdout
	out  [2]bytes.Buffer // guarded by mu
	bad  []string        // guarded by mu; what is not the protocol
	more chan struct{}   // guarded by mu; closed by the next packet
}

// connect connects a client that does not read yet.
func connect(t testing.TB, path string) *client {
	t.Helper()
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		t.Fatalf("attach socket: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t: t, conn: conn, done: make(chan struct{}), more: make(chan struct{})}
}

// dial connects a client that reads.
func dial(t testing.TB, path string) *client {
	t.Helper()
	c := connect(t, path)
	c.read()
	return c
}

// read begins to read all packets.
func (c *client) read() {
	go func() {
		defer close(c.done)
		buf := make([]byte, 2*maxInput)
		for {
			n, err := c.conn.Read(buf)
			c.take(buf[:n], err)
			if err != nil {
				return
			}
		}
	}()
}

func (c *client) take(packet []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
	case err != nil:
		c.bad = append(c.bad, err.Error())
	case packet[0] != streamStdout && packet[0] != streamStderr:
		c.bad = append(c.bad, fmt.Sprintf("packet of stream %d", packet[0]))
	case len(packet) < 2 || len(packet) > 1+maxOutput:
		c.bad = append(c.bad, fmt.Sprintf("packet of %d bytes", len(packet)))
	default:
		c.store(int(packet[0]-streamStdout), packet[1:])
	}
	close(c.more)
	c.more = make(chan struct{})
}

// store keeps or compares output; c.mu is held.
func (c *client) store(i int, data []byte) {
	if i == 0 {
		c.n += len(data)
	}
	if i != 0 || c.expect == nil {
		c.out[i].Write(data)
		return
	}
	for at := c.n - len(data); len(data) > 0; {
		want := c.expect[at%len(c.expect):]
		k := min(len(want), len(data))
		if !bytes.Equal(data[:k], want[:k]) && len(c.bad) == 0 {
			c.bad = append(c.bad, fmt.Sprintf("stdout differs at byte %d or later: %q, not %q", at, tail(string(data[:k])), tail(string(want[:k]))))
		}
		at, data = at+k, data[k:]
	}
}

// look returns what came so far, and a channel that is closed when more has.
func (c *client) look(stream int) (string, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out[stream-streamStdout].String(), c.more
}

// size is how much came on stdout so far, with what look returns.
func (c *client) size() (int, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n, c.more
}

// await waits until stdout has text.
func (c *client) await(text string) {
	c.t.Helper()
	c.until(func() (bool, <-chan struct{}) {
		out, more := c.look(streamStdout)
		return bytes.Contains([]byte(out), []byte(text)), more
	}, fmt.Sprintf("waited for %q", text))
}

// awaitSize waits until stdout has n bytes.
func (c *client) awaitSize(n int) {
	c.t.Helper()
	c.until(func() (bool, <-chan struct{}) {
		size, more := c.size()
		return size >= n, more
	}, fmt.Sprintf("waited for %d bytes", n))
}

func (c *client) until(ok func() (bool, <-chan struct{}), what string) {
	c.t.Helper()
	for ctx := kit.Context(c.t); ; {
		done, more := ok()
		if done {
			return
		}
		select {
		case <-more:
		case <-c.done:
			if done, _ := ok(); !done {
				c.t.Fatalf("%s: the connection has ended with %s", what, c.summary())
			}
		case <-ctx.Done():
			c.t.Fatalf("%s in vain: there is %s", what, c.summary())
		}
	}
}

// summary tells what came, for messages.
func (c *client) summary() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%d bytes of stdout, ending with %q, %d bytes of stderr, ending with %q; %q",
		c.n, tail(c.out[0].String()), c.out[1].Len(), tail(c.out[1].String()), c.bad)
}

func tail(s string) string { return s[max(0, len(s)-200):] }

// send sends input in one packet.
func (c *client) send(packet []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(packet); err != nil {
		c.t.Fatalf("send %d bytes: %v", len(packet), err)
	}
}

// paste sends input in packets of a size, blocking where the socket does.
func (c *client) paste(data []byte, size int) error {
	for len(data) > 0 {
		n := min(size, len(data))
		if _, err := c.conn.Write(data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// halfClose ends the input.
func (c *client) halfClose() {
	c.t.Helper()
	if err := c.conn.CloseWrite(); err != nil {
		c.t.Fatal(err)
	}
}

// close disconnects and waits for the reader.
func (c *client) close() {
	_ = c.conn.Close()
	<-c.done
}

// end waits for the end of file, and returns the two streams. That a packet
// was against the protocol fails the test.
func (c *client) end() (stdout, stderr string) {
	c.t.Helper()
	select {
	case <-c.done:
	case <-kit.Context(c.t).Done():
		c.t.Fatalf("the connection does not end: %s", c.summary())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, bad := range c.bad {
		c.t.Error(bad)
	}
	return c.out[0].String(), c.out[1].String()
}
