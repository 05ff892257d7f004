package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// Poll is an epoll instance, for callers that handle their events themselves.
// It owns its descriptor, which is readable when one of those in it is ready.
type Poll struct {
	fd     int
	events [16]unix.EpollEvent
}

// NewPoll makes one.
func NewPoll() (*Poll, error) {
	fd, err := Epoll()
	if err != nil {
		return nil, err
	}
	return &Poll{fd: fd}, nil
}

// FD is the instance's descriptor.
func (p *Poll) FD() int { return p.fd }

// Close gives it up.
func (p *Poll) Close() error { return Close(p.fd) }

// Add makes Ready report tag as long as fd is readable, or has been hung up.
func (p *Poll) Add(fd, tag int) error { return p.add(fd, tag, unix.EPOLLIN) }

// AddHangup makes Ready report tag as soon as the other side of fd, a pipe, has
// been closed, also if there is something left to read.
func (p *Poll) AddHangup(fd, tag int) error { return p.add(fd, tag, 0) }

func (p *Poll) add(fd, tag int, events uint32) error {
	e := unix.EpollEvent{Events: events, Fd: int32(tag)}
	return named("epoll_ctl", unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &e))
}

// Remove ends Add. It must be called before fd is closed if copies of it are
// open elsewhere, epoll(7).
func (p *Poll) Remove(fd int) error {
	return named("epoll_ctl", unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, fd, nil))
}

// Ready appends the tags of what is ready now to tags; of many, some come next
// time. It does not wait.
func (p *Poll) Ready(tags []int) ([]int, error) { return p.wait(tags, 0) }

// Wait is Ready, but waits until there is something.
func (p *Poll) Wait(tags []int) ([]int, error) { return p.wait(tags, -1) }

func (p *Poll) wait(tags []int, ms int) ([]int, error) {
	n, err := retry1(func() (int, error) { return unix.EpollWait(p.fd, p.events[:], ms) })
	if err != nil {
		return tags, named("epoll_wait", err)
	}
	for _, e := range p.events[:n] {
		tags = append(tags, int(e.Fd))
	}
	return tags, nil
}

// Timer is a timerfd(2) on CLOCK_MONOTONIC. It owns its descriptor.
type Timer struct{ fd int }

// NewTimer makes one that is not set.
func NewTimer() (*Timer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return nil, named("timerfd_create", err)
	}
	return &Timer{fd}, nil
}

// FD is readable once the time has come, until Set is called.
func (t *Timer) FD() int { return t.fd }

// Set makes the timer go off once after d; 0 or less switches it off.
func (t *Timer) Set(d time.Duration) error {
	var spec unix.ItimerSpec
	if d > 0 {
		spec.Value = unix.NsecToTimespec(int64(d))
	}
	return named("timerfd_settime", unix.TimerfdSettime(t.fd, 0, &spec, nil))
}

// Close gives it up.
func (t *Timer) Close() error { return Close(t.fd) }
