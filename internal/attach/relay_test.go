package attach

import (
	"net"
	"path/filepath"
	"slices"
	"testing"
)

// relay is the other end of a control socket, played by a test.
type relay struct {
	t    *testing.T
	path string
	l    *net.UnixListener
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	return listen(t, filepath.Join(t.TempDir(), "control"))
}

func listen(t *testing.T, path string) *relay {
	t.Helper()
	l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &relay{t, path, l}
}

// client is what a relay has of a client.
type client struct {
	t *testing.T
	c *net.UnixConn
}

// accept takes a connection and its request, which it answers with packets.
func (r *relay) accept(request string, answers ...string) client {
	c, err := r.l.AcceptUnix()
	if err != nil {
		r.t.Error(err)
		return client{r.t, nil}
	}
	r.t.Cleanup(func() { _ = c.Close() })
	k := client{r.t, c}
	k.expect(request)
	k.send(answers...)
	return k
}

// send sends packets.
func (k client) send(packets ...string) {
	for _, p := range packets {
		if _, err := k.c.Write([]byte(p)); err != nil {
			k.t.Errorf("send %q: %v", p, err)
		}
	}
}

// expect reads a packet.
func (k client) expect(want string) {
	if got, ok := k.receive(); !ok || got != want {
		k.t.Errorf("the relay got %q, want %q", got, want)
	}
}

// receive reads a packet; false is the end.
func (k client) receive() (string, bool) {
	buf := make([]byte, 64<<10)
	n, err := k.c.Read(buf)
	return string(buf[:n]), err == nil
}

// rest reads packets up to the end.
func (k client) rest() (packets []string) {
	for {
		p, ok := k.receive()
		if !ok {
			return packets
		}
		packets = append(packets, p)
	}
}

// close ends a connection, as the relay does: for the manager's copy, too.
func (k client) close() { _ = k.c.Close() }

// noted collects what a relay says to people.
type noted struct{ texts []string }

func (n *noted) add(text string, failed bool) {
	if failed {
		text = "failed: " + text
	}
	n.texts = append(n.texts, text)
}

func (n *noted) want(t *testing.T, texts ...string) {
	t.Helper()
	if !slices.Equal(n.texts, texts) {
		t.Errorf("notes %q, want %q", n.texts, texts)
	}
}
