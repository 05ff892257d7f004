package sdproxy

import (
	"errors"
	"fmt"

	"github.com/unitmon/unitmon/internal/sys"
)

// flush sends what is kept, as far as it can.
func (p *Proxy) flush() error {
	for len(p.kept) > 0 {
		if err := p.send(p.kept[0].text()); err != nil {
			return p.failed(err)
		}
		p.kept.drop()
	}
	return p.sent()
}

// send sends one text. One that is too long for the socket, which no later try
// would change, goes without what makes it long.
func (p *Proxy) send(text []byte) error {
	if p.noWay != nil {
		return p.noWay
	}
	err := sys.SendDatagram(p.out, text, p.to)
	if !sys.IsErrno(err, sys.EMSGSIZE) {
		return err
	}
	short := parse(text).short()
	if len(short) == 0 {
		return nil
	}
	return sys.SendDatagram(p.out, short.text(), p.to)
}

// sent is what follows when nothing is kept any more.
func (p *Proxy) sent() error {
	p.failing, p.delay = false, 0
	p.endBarriers()
	if p.armed && !p.paused {
		p.armed = false
		return p.timer.Set(0)
	}
	return nil
}

// failed is what follows when something is kept.
func (p *Proxy) failed(err error) error {
	if p.noWay != nil {
		// Never to be sent: nothing to keep, to wait for, or to try again.
		p.kept = nil
		p.endBarriers()
	} else if e := p.arm(); e != nil {
		return e
	}
	if p.failing {
		return nil
	}
	p.failing = true
	return fmt.Errorf("notify socket %s: %w", p.host, err)
}

// arm sets the timer, if it is not set.
func (p *Proxy) arm() error {
	if p.armed {
		return nil
	}
	p.armed = true
	p.delay = min(max(firstDelay, 2*p.delay), lastDelay)
	return p.timer.Set(p.delay)
}

// timeout is what the timer has been set for: sending again, receiving again.
func (p *Proxy) timeout() error {
	p.armed = false
	err := errors.Join(p.timer.Set(0), p.resume())
	if len(p.kept) > 0 {
		err = errors.Join(err, p.flush())
	}
	return err
}

// pause receives nothing until the timer goes off, which is soon, however long
// the host has been gone.
func (p *Proxy) pause() error {
	if p.paused {
		return nil
	}
	p.paused, p.armed, p.delay = true, false, 0
	return errors.Join(p.poll.Remove(p.in), p.arm())
}

// resume ends a pause, unless its reason lasts.
func (p *Proxy) resume() error {
	switch {
	case !p.paused:
		return nil
	case p.closing.full():
		return p.arm()
	}
	p.paused = false
	return p.poll.Add(p.in, tagSocket)
}
