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

// timespec is struct timespec, clock_gettime(2).
type timespec struct{ sec, nsec int64 }

// scratch holds what system calls read and write. It is part of the Loop,
// because inside the Go runtime a stack may move while only its address, as a
// number, is on the way to the kernel.
type scratch struct {
	time  timespec
	event raw.EpollEvent
	iov   [2]iovec
	msg   msghdr
	right rights
	value int32
	kind  byte
}

// clock returns CLOCK_MONOTONIC in milliseconds.
func (l *Loop) clock() int64 {
	t := &l.scratch.time
	raw.Call(raw.SysClockGettime, raw.ClockMonotonic, uintptr(unsafe.Pointer(t)), 0, 0, 0, 0)
	return t.sec*1000 + t.nsec/1e6
}

// watch is epoll_ctl(2).
func (l *Loop) watch(op int, fd int32, events uint32, tag int) int {
	e := &l.scratch.event
	e.Events, e.Fd = events, int32(tag)
	return raw.Call(raw.SysEpollCtl, uintptr(l.epoll), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(e)), 0, 0)
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
