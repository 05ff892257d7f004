package rig

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Pipe is the engine's end of one of the three pipes, a SEQPACKET socket as
// podman's are: a message is a packet.
type Pipe struct {
	t    testing.TB
	name string
	far  *os.File // the monitor's end, until the first process has it
	fd   int
}

func newPipe(t testing.TB, name string) *Pipe {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(os.NewSyscallError("socketpair", err))
	}
	pipe := &Pipe{t, name, os.NewFile(uintptr(p[1]), name), p[0]}
	t.Cleanup(pipe.Close)
	return pipe
}

// Close closes the engine's end.
func (p *Pipe) Close() {
	if p.fd >= 0 {
		_ = unix.Close(p.fd)
	}
	if p.far != nil {
		_ = p.far.Close()
	}
	p.fd, p.far = -1, nil
}

// Send sends one packet.
func (p *Pipe) Send(text string) {
	p.t.Helper()
	if err := unix.Send(p.fd, []byte(text), unix.MSG_NOSIGNAL); err != nil {
		p.t.Fatalf("%s: send: %v", p.name, err)
	}
}

// Next returns the next packet, "EOF" when there is none to come.
func (p *Pipe) Next() string {
	p.t.Helper()
	text, ok := p.Within(Patience)
	if !ok {
		p.t.Fatalf("%s: no message within %s", p.name, Patience)
	}
	return text
}

// Within is Next with a limit; ok is false if nothing came.
func (p *Pipe) Within(limit time.Duration) (text string, ok bool) {
	p.t.Helper()
	if !readable(p.t, p.fd, limit) {
		return "", false
	}
	buf := make([]byte, 64<<10)
	n, _, err := unix.Recvfrom(p.fd, buf, 0)
	if err != nil && !errors.Is(err, unix.ECONNRESET) {
		p.t.Fatalf("%s: receive: %v", p.name, err)
	}
	if n <= 0 {
		return "EOF", true
	}
	return string(buf[:n]), true
}

// All returns all packets until the end of the file.
func (p *Pipe) All() []string {
	p.t.Helper()
	var list []string
	for {
		text := p.Next()
		if text == "EOF" {
			return list
		}
		list = append(list, text)
	}
}

// readable waits until a descriptor is readable or at its end.
func readable(t testing.TB, fd int, limit time.Duration) bool {
	t.Helper()
	return await(t, fd, unix.POLLIN, limit)
}

// await waits for events of poll(2), hang-up and error among them.
func await(t testing.TB, fd int, events int16, limit time.Duration) bool {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		left := max(0, time.Until(deadline))
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: events}}, int((left+time.Millisecond-1)/time.Millisecond))
		if err == nil {
			return n > 0
		}
		if !errors.Is(err, unix.EINTR) {
			t.Fatal(os.NewSyscallError("poll", err))
		}
	}
}
