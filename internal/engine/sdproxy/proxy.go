package sdproxy

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

const (
	maxDatagram = 32 << 10 // what is longer is cut off there, as conmon does
	maxBatch    = 32       // datagrams of one Ready
	maxBatches  = 16       // of one Flush
	maxBarriers = 64       // clients that are made to wait; the others do not

	firstDelay = 50 * time.Millisecond
	lastDelay  = 30 * time.Second
)

// The tags of what a Proxy waits for.
const (
	tagSocket = iota
	tagTimer
)

// Proxy is a container's notification socket. It serves one thread, which
// waits for FD to be readable and then calls Ready. It owns its descriptors,
// and those that clients have sent.
type Proxy struct {
	host  string
	to    *sys.UnixAddr
	noWay error // why host is no address; to is nil
	in    int   // bound, the container's
	out   int
	poll  *sys.Poll // of in, unless paused, and timer
	timer *sys.Timer

	kept     queue
	barriers []int // that end when kept is empty
	closing  closing

	delay   time.Duration // how long the timer was set for last; 0 after success
	armed   bool          // the timer is set
	paused  bool          // nothing is received until the timer goes off
	failing bool          // and it has been reported

	datagram [maxDatagram]byte
	control  [sys.RightsSpace]byte
}

// Listen binds <bundle>/notify/notify.sock with mode 0777, in place of what an
// earlier run may have left there. The directory must exist; the engine has
// made it and mounts it into the container. host is the value of
// $NOTIFY_SOCKET, an absolute path or '@' and an abstract name. Nobody needs
// to be there yet, and with any other address nothing is ever sent, which the
// first message to be sent reports.
//
// The manager takes messages as those of the process that calls this package
// (SCM_CREDENTIALS of unix(7)).
func Listen(bundle, host string) (*Proxy, error) {
	p := &Proxy{host: host, in: -1, out: -1}
	p.to, p.noWay = sys.ParseUnixAddr(host)
	if err := p.open(filepath.Join(bundle, "notify")); err != nil {
		return nil, errors.Join(fmt.Errorf("notify socket of the container: %w", err), p.Close())
	}
	return p, nil
}

func (p *Proxy) open(dir string) (err error) {
	if p.poll, err = sys.NewPoll(); err != nil {
		return err
	}
	if p.timer, err = sys.NewTimer(); err != nil {
		return err
	}
	if err = p.poll.Add(p.timer.FD(), tagTimer); err != nil {
		return err
	}
	if p.out, err = sys.DatagramFD(0); err != nil {
		return err
	}
	if p.in, err = sys.BindDatagram(dir, "notify.sock", 0o777); err != nil {
		return err
	}
	return p.poll.Add(p.in, tagSocket)
}

// FD is readable when Ready has something to do.
func (p *Proxy) FD() int { return p.poll.FD() }

// Close closes the socket. Messages that could not be sent are lost, and
// clients wait no longer. The path stays, as with conmon: by now it may be
// that of the container's next run.
func (p *Proxy) Close() error {
	var err error
	for _, fd := range []int{p.in, p.out} {
		if fd >= 0 {
			err = errors.Join(err, sys.Close(fd))
		}
	}
	p.in, p.out = -1, -1
	if p.timer != nil {
		err = errors.Join(err, p.timer.Close())
	}
	if p.poll != nil {
		err = errors.Join(err, p.poll.Close())
	}
	p.timer, p.poll = nil, nil
	p.endBarriers()
	return err
}
