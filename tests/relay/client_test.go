package relay

import (
	"bytes"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"github.com/unitmon/unitmon/internal/loop"
)

// client is a client of the relay that reads all it gets.
type client struct {
	s     *subject
	conn  *net.UnixConn
	ended chan struct{} // closed at the end of the connection

	mu   sync.Mutex
	out  [2]bytes.Buffer // guarded by mu
	said []byte          // guarded by mu; the kinds of all other packets
	more chan struct{}   // guarded by mu; closed by the next packet
}

// attach connects to the socket that speaks conmon's protocol.
func (s *subject) attach() *client {
	s.t.Helper()
	return s.dial("attach")
}

// ask makes a request on the control socket and waits until it is granted.
func (s *subject) ask(request string) *client {
	s.t.Helper()
	c := s.dial("control")
	c.request(request)
	return c
}

// request makes a request that must be granted.
func (c *client) request(text string) {
	c.s.t.Helper()
	_, before, _ := c.look()
	c.send(text)
	c.await("an answer to "+text, func() bool { return len(c.said) > before })
	c.mu.Lock()
	defer c.mu.Unlock()
	if kind := c.said[before]; kind != loop.AnswerOK {
		c.s.t.Fatalf("%s: the answer is %q", text, kind)
	}
}

func (s *subject) dial(socket string) *client {
	s.t.Helper()
	path := filepath.Join("/run/unitmon", s.name, socket)
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: path, Net: "unixpacket"})
	must(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	c := &client{s: s, conn: conn, ended: make(chan struct{}), more: make(chan struct{})}
	go c.read()
	return c
}

func (c *client) read() {
	defer close(c.ended)
	buf := make([]byte, 1+loop.PacketData)
	for {
		n, err := c.conn.Read(buf)
		if err != nil || n == 0 {
			return
		}
		c.mu.Lock()
		switch buf[0] {
		case loop.PacketStdout, loop.PacketStderr:
			c.out[buf[0]-loop.PacketStdout].Write(buf[1:n])
		default:
			c.said = append(c.said, buf[0])
		}
		close(c.more)
		c.more = make(chan struct{})
		c.mu.Unlock()
	}
}

// look returns how much there is, and a channel that is closed when there is
// more.
func (c *client) look() (stdout, said int, more <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out[0].Len(), len(c.said), c.more
}

// stdout is the output so far.
func (c *client) stdout() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out[0].String()
}

// await waits until what has come is as wanted; ok is called with mu held.
func (c *client) await(what string, ok func() bool) {
	c.s.t.Helper()
	ctx, cancel := c.s.patience()
	defer cancel()
	for {
		_, _, more := c.look()
		c.mu.Lock()
		good := ok()
		c.mu.Unlock()
		if good {
			return
		}
		select {
		case <-more:
		case <-c.ended:
			c.mu.Lock()
			good = ok()
			c.mu.Unlock()
			if !good {
				c.s.t.Fatalf("the connection ended before %s came; %d bytes had", what, c.out[0].Len())
			}
		case <-ctx.Done():
			c.s.t.Fatalf("%s does not come; %d bytes have, the end of which is %.200q", what, len(c.stdout()), tail(c.stdout()))
		}
	}
}

// awaitBytes waits until n bytes of stdout have come.
func (c *client) awaitBytes(n int) {
	c.s.t.Helper()
	c.await("all output", func() bool { return c.out[0].Len() >= n })
}

// send sends one packet.
func (c *client) send(text string) {
	c.s.t.Helper()
	_, err := c.conn.Write([]byte(text))
	must(c.s.t, err)
}

// wantConnected checks that a connection has not ended.
func (c *client) wantConnected(t *testing.T) {
	t.Helper()
	select {
	case <-c.ended:
		t.Error("the client was cut off")
	default:
	}
}

func tail(text string) string { return text[max(0, len(text)-200):] }
