package sys

import (
	"context"
	"os"
	"time"
)

// Datagram sends datagrams to one address by sendto(2) from an unconnected
// socket: a connected one would stay with the receiver it once met, and fail
// for ever when another binds the address. It serves one goroutine at a time.
type Datagram struct {
	*UnixSocket
	to    *UnixAddr
	probe *UnixSocket // nil until there was something to wait for
}

// OpenDatagram makes a socket for datagrams to a path or '@' name. The
// receiver need not exist yet.
func OpenDatagram(name string) (*Datagram, error) {
	to, err := ParseUnixAddr(name)
	if err != nil {
		return nil, err
	}
	s, err := OpenUnixSocket(SockDatagram)
	if err != nil {
		return nil, err
	}
	return &Datagram{UnixSocket: s, to: to}, nil
}

// Addr returns the receiver's address.
func (d *Datagram) Addr() *UnixAddr { return d.to }

// Close closes the socket.
func (d *Datagram) Close() error {
	d.probe.Close() // holds no data: nothing to lose
	return d.UnixSocket.Close()
}

// Send sends p and files (SCM_RIGHTS) as one datagram, without blocking.
// Without files it does not allocate unless it fails. The files stay the
// caller's.
func (d *Datagram) Send(p []byte, files ...*os.File) error {
	if len(files) == 0 {
		return d.SendTo(p, d.to)
	}
	return d.SendFiles(p, files, d.to)
}

// WaitRoom waits, after Send failed with EAGAIN, until it is worth a try
// again, or until ctx ends and then returns its cause.
//
// Two things can be full. One is this socket's send buffer: it polls
// writable when there is room. The other is the receiver's queue
// (net.unix.max_dgram_qlen), and an unconnected socket polls writable
// whatever that queue holds; a connected one does not (unix_dgram_poll in
// net/unix/af_unix.c). Hence the probe: it is connected and polled, and
// nothing is ever sent through it. It is connected anew each time, because
// the address may have a new owner.
func (d *Datagram) WaitRoom(ctx context.Context) error {
	if err := d.WaitWritable(ctx); err != nil {
		return err
	}
	if err := d.connectProbe(); err != nil {
		if receiverGone(err) {
			return nil // for the next Send to find out
		}
		return err
	}
	return d.probe.WaitWritable(ctx)
}

// recheck bounds the wait for a bound socket. bind(2) makes the inode before
// the socket can be found by it, so the inotify event may come a moment
// before the address answers, and no second event follows.
const recheck = time.Second

// WaitReceiver waits, after Send failed with ENOENT or ECONNREFUSED, until
// somebody may have bound the address: at most a second, so that a caller
// loops, or until ctx ends and then returns its cause. A missing directory
// is an error, since nothing says when it comes; so is an abstract address.
func (d *Datagram) WaitReceiver(ctx context.Context) error {
	watch, err := WatchCreated(d.to.Dir())
	if err != nil {
		return err
	}
	defer watch.Close()
	// Bound between the failed Send and the watch?
	if err := d.connectProbe(); err == nil || !receiverGone(err) {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, recheck)
	defer cancel()
	err = AwaitIO(bounded, watch.SetReadDeadline, func() error {
		_, err := watch.Read(make([]byte, 4096)) // what happened does not matter
		return err
	})
	if bounded.Err() != nil {
		return context.Cause(ctx) // nil if only recheck is over
	}
	return err
}

func (d *Datagram) connectProbe() error {
	if d.probe == nil {
		probe, err := OpenUnixSocket(SockDatagram)
		if err != nil {
			return err
		}
		d.probe = probe
	}
	return d.probe.Connect(d.to)
}

// receiverGone reports whether nobody is bound to the address.
func receiverGone(err error) bool {
	return IsErrno(err, ENOENT) || IsErrno(err, ECONNREFUSED)
}
