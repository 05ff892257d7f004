package sdproxy

import (
	"maps"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// dial is the container's end without any rules.
func (r *rig) dial() *net.UnixConn {
	r.t.Helper()
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: r.own, Net: "unixgram"})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

// pass sends a text with descriptors.
func (r *rig) pass(text string, fds ...int) {
	r.t.Helper()
	s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	defer unix.Close(s)
	if err := unix.Sendmsg(s, []byte(text), unix.UnixRights(fds...), &unix.SockaddrUnix{Name: r.own}, 0); err != nil {
		r.t.Fatal(err)
	}
}

// TestProxy_Garbage: nothing that can be sent stops the proxy. An empty
// datagram ends that of conmon 2.1.6 (seen).
func TestProxy_Garbage(t *testing.T) {
	r := newRig(t)
	r.bind()
	c := r.dial()
	const cut = "STATUS="
	for _, text := range []string{
		"", "\x00", "\n\r\n", "=", strings.Repeat("\n", maxDatagram), strings.Repeat("x", 100000),
		"\x00READY=1", cut + strings.Repeat("x", maxDatagram) + "\nREADY=1",
	} {
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := r.ready(); err != nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	r.expect(cut + strings.Repeat("x", maxDatagram-len(cut)))
	r.silent()
	if err := r.say("READY=1"); err != nil {
		t.Error(err)
	}
	r.expect("READY=1")
}

// TestProxy_Descriptors: none of a thousand stays open, whatever comes with
// them, but those of a barrier, up to a bound; and Close ends these.
func TestProxy_Descriptors(t *testing.T) {
	before := descriptors(t)
	r := newRig(t)
	end, w := pipe(t)
	many := make([]int, 250)
	for i := range many {
		many[i] = int(w.Fd())
	}
	send := func(text string, fds []int) {
		r.pass(text, fds...)
		await(t, r.FD())
		_ = r.Ready() // the first one says that there is no host
	}
	for _, text := range []string{"FDSTORE=1\nFDNAME=x", "READY=1", "BARRIER=1", "x"} {
		send(text, many)
		r.closed()
	}
	for range maxBarriers + 5 {
		send("BARRIER=1", many[:1])
		r.closed()
	}
	if len(r.barriers) != maxBarriers {
		t.Errorf("%d clients wait, want %d", len(r.barriers), maxBarriers)
	}
	w.Close()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	ended(t, end)
	end.Close()
	r.container.Close()
	after := descriptors(t)
	maps.DeleteFunc(after, func(n, to string) bool { return before[n] == to })
	if len(after) > 0 {
		t.Errorf("still open: %v", after)
	}
}

// closed lets the proxy work until it takes datagrams again.
func (r *rig) closed() {
	r.t.Helper()
	r.readyUntil(func() bool { return !r.paused && !r.closing.full() && (len(r.kept) == 0 || r.armed) })
}

// TestProxy_BlockingClose: a descriptor whose close(2) blocks does not hold up
// anybody. This one is a TCP connection that wants to get rid of its data
// first (SO_LINGER of socket(7)), while the other side takes none.
func TestProxy_BlockingClose(t *testing.T) {
	r := newRig(t)
	r.bind()
	peer, fd := lingering(t)
	r.pass("FDSTORE=1", fd)
	if err := unix.Close(fd); err != nil { // not the last one, so at once
		t.Fatal(err)
	}
	if err := r.ready(); err != nil {
		t.Error(err)
	}
	if err := r.say("READY=1"); err != nil {
		t.Error(err)
	}
	r.expect("READY=1")
	if err := peer.(*net.TCPConn).SetLinger(0); err != nil { // a reset, which ends the wait
		t.Error(err)
	}
	peer.Close()
}

// lingering returns a connection and the descriptor of the other side, which
// has more to send than this one takes.
func lingering(t *testing.T) (net.Conn, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.(*net.TCPConn).File()
	c.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := unix.Dup(int(f.Fd()))
	if err == nil {
		err = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 3600})
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	for b := make([]byte, 1<<20); err == nil; {
		_, err = unix.Write(fd, b)
	}
	if err != unix.EAGAIN {
		t.Fatal(err)
	}
	return peer, fd
}

// TestProxy_Pause: with too many descriptors in closing nothing is taken, and
// the proxy does not ask to be called all the time; later it goes on.
func TestProxy_Pause(t *testing.T) {
	r := newRig(t)
	r.bind()
	r.closing.left.Store(maxClosing)
	if err := r.say("READY=1"); err != nil || !r.paused {
		t.Errorf("paused %v, %v", r.paused, err)
	}
	r.silent()
	for range 2 {
		if err := r.ready(); err != nil || !r.paused {
			t.Errorf("paused %v, %v", r.paused, err)
		}
	}
	if r.delay <= firstDelay {
		t.Errorf("delay %v", r.delay)
	}
	r.closing.left.Store(0)
	r.readyUntil(func() bool { return waiting(t, r.host) })
	r.expect("READY=1")
	if r.paused || r.armed {
		t.Errorf("paused %v, timer %v", r.paused, r.armed)
	}
}

// TestProxy_Flood: a container that never stops sending does not keep the
// caller, and fills nothing.
func TestProxy_Flood(t *testing.T) {
	r := newRig(t)
	stop := make(chan struct{})
	done := make(chan struct{})
	c := r.dial()
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = c.Write([]byte("READY=1\nSTATUS=" + strings.Repeat("x", 1000)))
			}
		}
	}()
	_ = r.ready()
	for range 200 {
		if err := r.ready(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	r.readyUntil(func() bool { return isClosed(done) })
	if len(r.kept) != 1 {
		t.Errorf("%d messages kept", len(r.kept))
	}
	r.bind()
	r.readyUntil(func() bool { return len(r.kept) == 0 })
	if m := r.heard(); !strings.HasPrefix(m, "READY=1\nSTATUS=x") {
		t.Errorf("%.50q", m)
	}
	if _, err := os.Stat(r.own); err != nil {
		t.Error(err)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
