package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Client is a client of the attach socket.
type Client struct {
	t  testing.TB
	fd int
	// Stdout and Stderr are what it has got.
	Stdout, Stderr []byte
	// Longest is the length of the longest packet.
	Longest int
}

// Dial connects to an attach socket.
func (r *Run) Dial(path string) *Client {
	r.t.Helper()
	dir, err := os.Open(filepath.Dir(path))
	must(r.t, err)
	defer func() { _ = dir.Close() }()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	must(r.t, err)
	c := &Client{t: r.t, fd: fd}
	r.t.Cleanup(c.Close)
	// Through the descriptor, as podman does: any path is short enough then.
	short := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: short}); err != nil {
		r.t.Fatalf("%s: connect to %s: %v", r.m.Name, path, err)
	}
	return c
}

// Client connects to the attach socket of the bundle, and returns when the
// monitor has taken the connection: it gets what is written from now on.
//
// A connection is there before it is accepted, and there is no event for that.
// But who has read the control FIFO twice since then has been through its loop,
// and its poll saw the connection too.
func (r *Run) Client() *Client {
	r.t.Helper()
	c := r.Dial(filepath.Join(r.Bundle, "attach"))
	r.CtlRead("ctl", "9 0 0\n") // no such command
	r.CtlRead("ctl", "9 0 0\n")
	return c
}

// Close closes the connection.
func (c *Client) Close() {
	if c.fd >= 0 {
		_ = unix.Close(c.fd)
	}
	c.fd = -1
}

// Type sends a packet of input.
func (c *Client) Type(data string) {
	c.t.Helper()
	if err := unix.Send(c.fd, []byte(data), unix.MSG_NOSIGNAL); err != nil {
		c.t.Fatalf("attach: send %d bytes: %v", len(data), err)
	}
}

// Widen makes the client's queue take large packets.
func (c *Client) Widen(size int) {
	c.t.Helper()
	must(c.t, unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, size))
}

// Half closes the client's input.
func (c *Client) Half() {
	c.t.Helper()
	must(c.t, unix.Shutdown(c.fd, unix.SHUT_WR))
}

// Packet receives one packet; eof is true at the end, ok false if nothing came.
func (c *Client) Packet(limit time.Duration) (eof, ok bool) {
	c.t.Helper()
	if !readable(c.t, c.fd, limit) {
		return false, false
	}
	buf := make([]byte, 64<<10)
	n, _, err := unix.Recvfrom(c.fd, buf, 0)
	switch {
	case errors.Is(err, unix.ECONNRESET) || err == nil && n == 0:
		return true, true
	case err != nil:
		c.t.Fatalf("attach: receive: %v", err)
	case buf[0] == 2:
		c.Stdout = append(c.Stdout, buf[1:n]...)
	case buf[0] == 3:
		c.Stderr = append(c.Stderr, buf[1:n]...)
	default:
		c.t.Fatalf("attach: a packet of stream %d", buf[0])
	}
	c.Longest = max(c.Longest, n)
	return false, true
}

// ToEnd receives until the end of the file.
func (c *Client) ToEnd() {
	c.t.Helper()
	c.Until(func() bool { return false })
}

// Until receives until done is satisfied, or to the end.
func (c *Client) Until(done func() bool) {
	c.t.Helper()
	for !done() {
		eof, ok := c.Packet(Patience)
		if !ok {
			c.t.Fatalf("attach: nothing within %s; so far %q, %q", Patience, tail(c.Stdout), tail(c.Stderr))
		}
		if eof {
			return
		}
	}
}

// Ended reports, without waiting, whether the end of the file is there.
func (c *Client) Ended() bool {
	c.t.Helper()
	for {
		eof, ok := c.Packet(0)
		if !ok || eof {
			return eof
		}
	}
}

func tail(b []byte) []byte { return b[max(0, len(b)-100):] }
