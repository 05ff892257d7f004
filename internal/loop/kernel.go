package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// sockaddrUn is struct sockaddr_un, unix(7).
type sockaddrUn struct {
	family uint16
	path   [108]byte
}

// iovec is struct iovec, readv(2).
type iovec struct {
	base uintptr
	len  uintptr
}

// msghdr is struct msghdr of a 64-bit Linux, sendmsg(2).
type msghdr struct {
	name       uintptr
	namelen    uint32
	_          uint32
	iov        uintptr
	iovlen     uintptr
	control    uintptr
	controllen uintptr
	flags      int32
	_          uint32
}

// mmsghdr is struct mmsghdr, sendmmsg(2).
type mmsghdr struct {
	msg msghdr
	len uint32
	_   uint32
}

// timespec is struct timespec, clock_gettime(2).
type timespec struct{ sec, nsec int64 }

// rights is a control message with one descriptor, cmsg(3), unix(7).
type rights struct {
	len   uintptr
	level int32
	kind  int32
	fd    int32
	_     int32
}

// rightsLen is what its length field says: CMSG_LEN(sizeof(int)).
const rightsLen = unsafe.Sizeof(rights{}) - 4

// winsize is struct winsize, ioctl_tty(2).
type winsize struct{ rows, cols, x, y uint16 }

// pollfd is struct pollfd, poll(2); its events are those of epoll.
type pollfd struct {
	fd              int32
	events, revents uint16
}

// batch is how many packets one sendmmsg(2) sends.
const batch = 32

// scratch holds what system calls read and write. It is part of the Loop,
// because inside the Go runtime a stack may move while only its address, as a
// number, is on the way to the kernel.
type scratch struct {
	time    timespec
	timeout timespec
	event   raw.EpollEvent
	iov     [2]iovec
	msg     msghdr
	right   rights
	value   int32
	length  uint32
	kind    byte
	size    winsize
	poll    pollfd
	iovs    [batch]iovec
	msgs    [batch]mmsghdr
}

// clock returns CLOCK_MONOTONIC in microseconds.
func (l *Loop) clock() int64 {
	t := &l.scratch.time
	raw.Call(raw.SysClockGettime, raw.ClockMonotonic, uintptr(unsafe.Pointer(t)), 0, 0, 0, 0)
	return t.sec*1e6 + t.nsec/1000
}

// realtime returns CLOCK_REALTIME.
func (l *Loop) realtime() *timespec {
	t := &l.scratch.time
	raw.Call(raw.SysClockGettime, raw.ClockRealtime, uintptr(unsafe.Pointer(t)), 0, 0, 0, 0)
	return t
}

// poll returns which of some events a descriptor has now, ppoll(2); a hang-up
// and an error are always asked for.
func (l *Loop) poll(fd int32, events uint16) uint16 {
	p, t := &l.scratch.poll, &l.scratch.time
	*p, *t = pollfd{fd: fd, events: events}, timespec{}
	raw.Call(raw.SysPpoll, uintptr(unsafe.Pointer(p)), 1, uintptr(unsafe.Pointer(t)), 0, 0, 0)
	return p.revents
}

// watch is epoll_ctl(2) for everything but the streams. What one of the two
// instances has told of, the other may tell once more.
func (l *Loop) watch(op int, fd int32, events uint32, tag int) int {
	if r := l.control(l.epoll, op, fd, events, tag); r < 0 {
		return r
	}
	return l.control(l.calmPoll, op, fd, events, tag)
}

func (l *Loop) control(epoll int32, op int, fd int32, events uint32, tag int) int {
	e := &l.scratch.event
	e.Events, e.Fd = events, int32(tag)
	return raw.Call(raw.SysEpollCtl, uintptr(epoll), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(e)), 0, 0)
}

// closeFD is close(2).
func closeFD(fd int32) { raw.Call(raw.SysClose, uintptr(fd), 0, 0, 0, 0, 0) }

// setPath fills a socket address; it returns its length, or 0 if the path does
// not fit. A leading '@' stands for the abstract name space.
func (a *sockaddrUn) setPath(path []byte) uint32 {
	if len(path) == 0 || len(path) >= len(a.path) {
		return 0
	}
	a.family = raw.AFUnix
	copy(a.path[:], path)
	n := uint32(2 + len(path))
	if path[0] == '@' {
		a.path[0] = 0
		return n
	}
	return n + 1
}

// text is a short text in fixed memory; what does not fit is cut off.
type text struct {
	n   int
	buf [512]byte
}

func (t *text) reset() { t.n = 0 }

func (t *text) bytes() []byte { return t.buf[:t.n] }

func (t *text) add(s string) { t.n += copy(t.buf[t.n:], s) }

func (t *text) addBytes(b []byte) { t.n += copy(t.buf[t.n:], b) }

// number adds n in decimal.
func (t *text) number(n uint64) {
	var digits [20]byte
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			break
		}
	}
	t.addBytes(digits[i:])
}
