package sdproxy

import (
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/internal/sys"
)

// Ready handles what has come, at most 32 datagrams, and tries again what is
// due. It does not block. An error is for the log only, the proxy goes on: of
// failures to send in a row the first is reported.
func (p *Proxy) Ready() error {
	var space [2]int
	tags, err := p.poll.Ready(space[:0])
	for _, tag := range tags {
		switch tag {
		case tagTimer:
			err = errors.Join(err, p.timeout())
		case tagSocket:
			_, e := p.batch()
			err = errors.Join(err, e)
		}
	}
	return err
}

// Flush handles all that has come, but no more than 512 datagrams, and tries
// once more to send what is kept. It is for the end of the container, whose
// last messages may not have been seen yet, and does not block.
func (p *Proxy) Flush() error {
	var err error
	for range maxBatches {
		more, e := p.batch()
		err = errors.Join(err, e)
		if !more {
			break
		}
	}
	if len(p.kept) > 0 {
		err = errors.Join(err, p.flush())
	}
	return err
}

// batch receives datagrams, and reports whether there may be more.
func (p *Proxy) batch() (more bool, err error) {
	for range maxBatch {
		more, e := p.receive()
		err = errors.Join(err, e)
		if !more {
			return false, err
		}
	}
	return true, err
}

// receive handles one datagram, and reports whether there was one.
func (p *Proxy) receive() (bool, error) {
	if p.closing.full() {
		return false, p.pause()
	}
	n, fds, err := sys.ReceiveRights(p.in, p.datagram[:], p.control[:])
	if err != nil {
		p.closing.start(fds)
		if sys.IsErrno(err, sys.EAGAIN) {
			return false, nil
		}
		// Unexpected, so it may last; the socket stays readable.
		return false, errors.Join(fmt.Errorf("notify socket of the container: %w", err), p.pause())
	}
	text, barrier := filter(p.datagram[:n])
	err = p.relay(text)
	p.settle(fds, barrier)
	return true, err
}

// relay sends a text on, after what is kept, or keeps it.
func (p *Proxy) relay(text []byte) error {
	if len(p.kept) > 0 {
		p.kept.add(parse(text))
		return p.flush()
	}
	if len(text) == 0 {
		return nil
	}
	err := p.send(text)
	if err == nil {
		return p.sent()
	}
	p.kept.add(parse(text))
	return p.failed(err)
}

// settle closes descriptors that came with a datagram, at once or, if it is
// one that waits for a barrier, when all before it has been sent.
func (p *Proxy) settle(fds []int, barrier bool) {
	if barrier && len(fds) == 1 && len(p.kept) > 0 && len(p.barriers) < maxBarriers {
		p.barriers = append(p.barriers, fds[0])
		return
	}
	p.closing.start(fds)
}

func (p *Proxy) endBarriers() {
	p.closing.start(p.barriers)
	p.barriers = nil
}
