package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// Limits. A full queue or table is never grown.
const (
	// MaxLine is the longest journal message in bytes, as journald's own
	// LineMax= (journald.conf(5)).
	MaxLine = 48 << 10
	// MaxFields bounds the constant part of an entry: container fields and
	// labels in the journal's native form.
	MaxFields = 16 << 10
	// MaxClients bounds the connections on the control socket.
	MaxClients = 16
	// MaxFollowers bounds those of them that follow: the rest of the places is
	// for those who drain, so that no number of followers can hold up the end.
	MaxFollowers = 12
	// TailMS is how long an unfinished line waits for its rest, in
	// milliseconds.
	TailMS = 100

	bufSize   = 64 << 10 // one read: a FIFO's default size, pipe(7)
	maxEvents = 32
)

// Reasons for which Run returns.
const (
	Idle    = iota // nothing moved for the idle time and no client is there
	Stopped        // the stop descriptor became readable
	Failed         // epoll itself failed: a broken invariant
)

// Tags tell epoll events apart.
const (
	tagStream   = iota // + index
	tagListener = 2
	tagStop     = 3
	tagSend     = 4 // the journal socket has room again
	tagProbe    = 5 // journald's queue has room again
	tagClient   = 16
)

// Loop is the whole state of a relay. The zero value is not usable: Size bytes
// of zeroed memory are turned into one by the set-up, which fills it with
// SetStream, SetJournal and so on, and then calls Init and Run.
type Loop struct {
	epoll    int32
	listener int32
	stop     int32
	null     int32 // /dev/null, where consumed bytes go
	stopping bool
	backlog  bool  // a connection waits on the listener
	idleMS   int64 // < 0: never
	now      int64 // CLOCK_MONOTONIC in ms, once per turn
	moved    int64 // when something last moved
	drains   int32 // clients that wait for empty FIFOs

	journal journald
	notify  notifier
	stats   Stats
	streams [2]stream
	clients [MaxClients]client

	scratch scratch
	events  [maxEvents]raw.EpollEvent
	buf     [bufSize]byte
	req     [256]byte
}

// Stats counts what the relay has moved since it started.
type Stats struct {
	Lines   uint64 // journal entries stored
	Bytes   uint64 // bytes consumed from the FIFOs
	Waits   uint64 // times journald had no room
	Dropped uint64 // clients dropped because they did not read while draining
}

// Size is the size of a Loop in bytes.
const Size = unsafe.Sizeof(Loop{})

// Stats returns the counters. It is for use after Run.
func (l *Loop) Stats() Stats { return l.stats }

// SetStop names the descriptor that ends the loop when it becomes readable.
func (l *Loop) SetStop(fd int) { l.stop = int32(fd) }

// SetListener names the listening SOCK_SEQPACKET control socket, or -1.
func (l *Loop) SetListener(fd int) { l.listener = int32(fd) }

// SetNull names a descriptor of /dev/null that is open for writing.
func (l *Loop) SetNull(fd int) { l.null = int32(fd) }

// SetIdle sets after how many milliseconds without movement and without
// clients Run returns Idle; a negative value means never.
func (l *Loop) SetIdle(ms int64) { l.idleMS = ms }

// Init registers everything that was set with the epoll instance. It returns
// 0, or the negative error number.
func (l *Loop) Init(epoll int) int {
	l.epoll = int32(epoll)
	for i := range l.streams {
		if l.streams[i].fd < 0 {
			continue
		}
		// Edge-triggered: an unfinished line may stay in the FIFO without
		// waking the loop again and again.
		if r := l.watch(raw.EpollAdd, l.streams[i].fd, raw.EpollIn|raw.EpollET, tagStream+i); r < 0 {
			return r
		}
	}
	if l.listener >= 0 {
		if r := l.watch(raw.EpollAdd, l.listener, raw.EpollIn, tagListener); r < 0 {
			return r
		}
	}
	if r := l.watchJournal(); r < 0 {
		return r
	}
	for i := range l.clients {
		if l.clients[i].state != clientFree {
			if r := l.watchClient(i); r < 0 {
				return r
			}
		}
	}
	return l.watch(raw.EpollAdd, l.stop, raw.EpollIn, tagStop)
}

// Run moves output until there is nothing to do or it is told to stop, and
// returns why.
func (l *Loop) Run() int {
	l.now = l.clock()
	l.moved = l.now
	for {
		n := l.wait()
		if n < 0 && n != raw.EINTR {
			return Failed
		}
		l.now = l.clock()
		l.dispatch(n)
		if at := l.journal.retryAt; at > 0 && l.now >= at {
			l.journal.room(l)
		}
		l.accept()
		l.serve()
		if l.stopping {
			return Stopped
		}
		l.pumpAll()
		l.finishDrains()
		if l.idle() {
			return Idle
		}
	}
}

// shortWait is the longest wait in ms that the Go runtime is not told of. Told,
// it takes the processor from this thread after 20 us and gives it back through
// a futex, which costs more than the wait saves.
const shortWait = pauseMax

// wait blocks until something is ready or a deadline has come.
func (l *Loop) wait() int {
	at, events := l.timeout(), uintptr(unsafe.Pointer(&l.events))
	if at >= 0 && at <= shortWait {
		return raw.Call(raw.SysEpollPwait, uintptr(l.epoll), events, maxEvents, uintptr(at), 0, 0)
	}
	return raw.Wait(raw.SysEpollPwait, uintptr(l.epoll), events, maxEvents, uintptr(at), 0, 0)
}

// dispatch turns epoll events into flags; the work comes afterwards, in one
// fixed order, so that a client that connected before a byte was written is
// served before that byte is read.
func (l *Loop) dispatch(n int) {
	for i := 0; i < n && i < maxEvents; i++ {
		e := &l.events[i]
		switch tag := int(e.Fd); {
		case tag < 2:
			l.streams[tag&1].ready, l.streams[tag&1].fresh = true, true
		case tag == tagListener:
			l.backlog = true
		case tag == tagStop:
			l.stopping = true
		case tag == tagSend, tag == tagProbe:
			l.journal.roomIn(l, tag)
		case tag >= tagClient && tag < tagClient+MaxClients:
			l.clients[(tag-tagClient)&(MaxClients-1)].events |= e.Events
		}
	}
}

// timeout is the time to the next deadline in ms, -1 for none, 0 while there
// is work that needs no event.
func (l *Loop) timeout() int {
	next := int64(-1)
	for i := range l.streams {
		s := &l.streams[i]
		if s.ready {
			return 0
		}
		next = sooner(next, s.tailDue)
	}
	next = sooner(next, l.journal.retryAt)
	if l.idleMS >= 0 && l.quiet() {
		next = sooner(next, l.moved+l.idleMS)
	}
	if next < 0 {
		return -1
	}
	return int(min(max(0, next-l.now), 1<<31-1)) // an int of the kernel's
}

// quiet reports whether no client is there and no stream holds anything.
func (l *Loop) quiet() bool {
	for i := range l.clients {
		if l.clients[i].state != clientFree {
			return false
		}
	}
	return l.streams[0].empty() && l.streams[1].empty()
}

// idle reports whether it is time to leave.
func (l *Loop) idle() bool {
	return l.idleMS >= 0 && l.now-l.moved >= l.idleMS && l.quiet()
}

// sooner is the earlier of two deadlines, of which 0 and -1 mean none.
func sooner(a, b int64) int64 {
	if b <= 0 || (a > 0 && a < b) {
		return a
	}
	return b
}
