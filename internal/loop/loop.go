package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/logfile"
	"github.com/unitmon/unitmon/internal/sys/raw"
)

// Limits. A full queue or table is never grown.
const (
	// MaxLine is the longest piece of a line that is one record, in bytes, as
	// journald's own LineMax= (journald.conf(5)).
	MaxLine = 48 << 10
	// MaxFields bounds the constant part of an entry: container fields and
	// labels in the journal's native form.
	MaxFields = 16 << 10
	// TailMS is how long an unfinished line waits for its rest, in
	// milliseconds.
	TailMS = 100

	bufSize   = 1 << 20 // what one look into a FIFO shows at most: see widen
	maxEvents = 64
	ms        = 1000 // the loop counts in microseconds
)

// Reasons for which Run returns.
const (
	Idle    = iota // nothing moved for the idle time and no client is there
	Stopped        // the stop descriptor became readable
	Failed         // epoll itself failed: a broken invariant
	Called         // the monitor's own descriptor is readable
	Drained        // everything is stored, after Drain
	Changed        // what STATUS= would say has, and there is nobody to tell
)

// Tags tell epoll events apart.
const (
	tagStream  = iota // + index
	tagControl = 2
	tagAttach  = 3
	tagStop    = 4
	tagReopen  = 7
	tagSend    = 5  // the journal socket has room again
	tagProbe   = 6  // journald's queue has room again
	tagInput   = 8  // the container's stdin, or its terminal
	tagEvents  = 9  // the monitor's own
	tagBulk    = 10 // + index: journald has read from a stream
	tagClient  = 16
)

// Loop is what a relay process works with. The zero value is not usable: Size
// bytes of zeroed memory are turned into one by the set-up, which calls SetState
// first, then the other Set methods, and then Init and Run. Its only pointer
// leads to memory from mmap(2), as it itself is.
type Loop struct {
	state    *State
	epoll    int32 // everything
	calmPoll int32 // everything but the streams
	listener [2]int32
	stop     int32
	renew    int32 // readable when log files are to be opened anew
	null     int32 // /dev/null, where consumed bytes go
	first    uint8 // the stream that has its turn first
	stopping bool
	ended    bool    // the container is gone: a drain was answered
	backlog  [2]bool // a connection waits on the listener
	top      int     // no client is at this place or above
	stirred  bool    // a client has events that were not looked at
	rested   bool    // there is no memory to give back
	ringFull bool    // a client that follows has no room
	drop     bool    // lose lines rather than hold the container back
	// dropFiles is drop for log files alone.
	dropFiles bool
	patience  int64 // with clients that hold the output back, in us; 0: they do not
	idleUS    int64 // < 0: never
	now       int64 // CLOCK_MONOTONIC in us, once per turn
	moved     int64 // when something last moved
	drainAt   int64 // when the first drain was asked for
	leaveAt   int64 // while stopping: when to leave clients behind
	drains    int32 // clients that wait for empty FIFOs
	outputs   int32 // clients that get output
	readers   int32 // those of them that are not condemned
	follows   int32 // those of them that hold the output back

	journal  journald
	bulks    [2]bulk
	bulkLen  uint32
	bulkAddr sockaddrUn
	notify   notifier
	status   status
	input    input
	calm     calm
	monitor  monitor
	queued   waiting
	zone     zone
	streams  [2]stream
	files    [MaxFiles]file
	clients  [MaxClients]client

	scratch scratch
	events  [maxEvents]raw.EpollEvent
	req     [256]byte
	names   names
	out     [outSize]byte
}

// Size is the size of a Loop in bytes.
const Size = unsafe.Sizeof(Loop{})

// Stats returns the counters.
func (l *Loop) Stats() Stats { return l.state.stats }

// SetStop names the descriptor that ends the loop when it becomes readable.
func (l *Loop) SetStop(fd int) { l.stop = int32(fd) }

// SetReopen names a non-blocking eventfd(2) that becomes readable when the log
// files are to be opened anew.
func (l *Loop) SetReopen(fd int) { l.renew = int32(fd) }

// SetListeners names the listening SOCK_SEQPACKET control and attach sockets;
// -1 is none.
func (l *Loop) SetListeners(control, attach int) {
	l.listener = [2]int32{int32(control), int32(attach)}
}

// SetNull names a descriptor of /dev/null that is open for writing.
func (l *Loop) SetNull(fd int) { l.null = int32(fd) }

// SetIdle sets after how many milliseconds without movement and without
// clients Run returns Idle; a negative value means never.
func (l *Loop) SetIdle(n int64) { l.idleUS = min(n, 1<<40) * ms }

// SetDrop chooses what happens when a log cannot be written: lines are dropped
// and counted, instead of the container being held back. The journal drops when
// queue bytes, at most QueueMax, wait for it.
func (l *Loop) SetDrop(queue int64) {
	l.drop = true
	l.journal.queueMax = uint64(min(max(queue, 0), QueueMax))
}

// SetDropFiles is SetDrop for log files alone: lines that a file cannot take are
// dropped and counted, when half of what a pipe holds waits for it.
func (l *Loop) SetDropFiles() { l.dropFiles = true }

// Init registers everything that was set with two epoll instances. It returns
// 0, or the negative error number.
func (l *Loop) Init(epoll, calm int) int {
	l.epoll, l.calmPoll = int32(epoll), int32(calm)
	l.adopt()
	for i := range l.streams {
		if l.streams[i].fd < 0 || i == 0 && l.input.terminal {
			continue // what a terminal gives is put into it by this loop
		}
		// Edge-triggered: an unfinished line may stay in the FIFO without
		// waking the loop again and again.
		if r := l.control(l.epoll, raw.EpollAdd, l.streams[i].fd, raw.EpollIn|raw.EpollET, tagStream+i); r < 0 {
			return r
		}
	}
	for i, fd := range l.listener {
		if fd < 0 {
			continue
		}
		if r := l.watch(raw.EpollAdd, fd, raw.EpollIn, tagControl+i); r < 0 {
			return r
		}
	}
	if r := l.watchJournal(); r < 0 {
		return r
	}
	l.watchBulks()
	if r := l.watchInput(); r < 0 {
		return r
	}
	for i := range l.clients {
		if l.clients[i].kind != clientFree {
			if r := l.watchClient(i); r < 0 {
				return r
			}
		}
	}
	if l.renew > 0 {
		if r := l.watch(raw.EpollAdd, l.renew, raw.EpollIn|raw.EpollET, tagReopen); r < 0 {
			return r
		}
	}
	if r := l.watchEvents(); r < 0 {
		return r
	}
	return l.watch(raw.EpollAdd, l.stop, raw.EpollIn, tagStop)
}

// adopt brings to an end what an earlier process was killed in.
func (l *Loop) adopt() {
	l.now = l.clock()
	l.state.catchUp()
	for i := range l.clients {
		if l.clients[i].kind == clientFree {
			l.state.clients[i] = clientState{} // its connection was not stored, or not any more
		}
	}
	if in := &l.input; in.expects && !in.on && l.state.inputTaken {
		in.closed = true
	}
	for i := range l.streams {
		if l.streams[i].fd >= 0 {
			l.fit(&l.streams[i])
			l.finishConsume(i, l.pending(l.streams[i].stash))
		}
	}
	l.zone.stamp.Set(0, 0, 0)
	for f := range l.files {
		l.openFile(f)
	}
	l.moved = l.now
}

// Run moves output until there is nothing to do or it is told to stop, and
// returns why.
func (l *Loop) Run() int {
	for {
		n := l.wait()
		if n < 0 && n != raw.EINTR {
			return Failed
		}
		l.now = l.clock()
		l.dispatch(n)
		l.timers()
		l.accept()
		l.serve()
		l.feed()
		l.pumpConsole()
		l.pumpAll()
		l.flushAll()
		if why := l.why(); why >= 0 {
			return why
		}
	}
}

// why is the reason to return from Run, or -1.
func (l *Loop) why() int {
	m := &l.monitor
	why := -1
	if l.stopping && l.mayLeave() {
		why = Stopped
	} else if l.finishDrains(); l.idle() {
		why = Idle
	}
	switch {
	case why >= 0:
		l.payAll()
		l.syncFiles()
	case m.drained:
		m.drained = false
		return Drained
	case m.called:
		m.called = false
		return Called
	case m.changed:
		m.changed = false
		return Changed
	}
	return why
}

// unseenWait is the longest wait that the Go runtime is not told of. Told, it
// takes the processor from this thread after 20 us and gives it back through a
// futex, and its monitor wakes every 20 us meanwhile: at many short waits that
// costs more than all else. After 10 ms it would take this thread for one that
// runs too long.
const unseenWait = 8 * ms

// wait blocks until something is ready or a deadline has come. What is on its
// way comes soon, mostly; so the loop waits for a short while by itself, and only
// then lets the runtime know that it sleeps.
func (l *Loop) wait() int {
	at := l.timeout()
	if l.now-l.moved > unseenWait || l.calm.until > 0 && at > unseenWait {
		return l.epollWait(at, true)
	}
	first := at
	if at < 0 || at > unseenWait {
		first = unseenWait
	}
	n := l.epollWait(first, false)
	if n != 0 || first == at {
		return n
	}
	return l.epollWait(at, true)
}

// epollWait is epoll_pwait2(2) for at most us microseconds, negative for ever.
func (l *Loop) epollWait(us int64, known bool) int {
	epoll := l.epoll
	if l.calm.until > 0 {
		epoll = l.calmPoll // the streams are left alone for a moment
	}
	t, timeout := &l.scratch.timeout, uintptr(0)
	if us >= 0 {
		t.sec, t.nsec = us/1e6, us%1e6*1000
		timeout = uintptr(unsafe.Pointer(t))
	}
	events := uintptr(unsafe.Pointer(&l.events))
	if known {
		return raw.Wait(raw.SysEpollPwait2, uintptr(epoll), events, maxEvents, timeout, 0, 0)
	}
	return raw.Call(raw.SysEpollPwait2, uintptr(epoll), events, maxEvents, timeout, 0, 0)
}

// dispatch turns epoll events into flags; the work comes afterwards, in one
// fixed order, so that a client that connected before a byte was written is
// served before that byte is read.
func (l *Loop) dispatch(n int) {
	for i := 0; i < n && i < maxEvents; i++ {
		l.note(&l.events[i])
	}
}

// note takes down one event.
func (l *Loop) note(e *raw.EpollEvent) {
	switch tag := int(e.Fd); {
	case tag < 2:
		l.streams[tag&1].ready, l.streams[tag&1].fresh = true, true
	case tag == tagControl, tag == tagAttach:
		l.backlog[(tag-tagControl)&1] = true
	case tag == tagStop:
		l.stopping = true
	case tag == tagReopen:
		l.reopen()
	case tag == tagEvents:
		l.monitor.called = true
	case tag == tagSend, tag == tagProbe:
		l.journal.roomIn(l, tag)
	case tag == tagBulk, tag == tagBulk+1:
		s := &l.streams[(tag-tagBulk)&1]
		s.ready = s.fd >= 0
	case tag == tagInput:
		l.input.ready = true
		if e.Events&(raw.EpollOut|raw.EpollErr|raw.EpollHup) != 0 {
			l.setFull(false)
		}
	case tag >= tagClient && tag < tagClient+MaxClients:
		l.clients[(tag-tagClient)%MaxClients].events |= e.Events
		l.stirred = true
	}
}

// timers does what has its time.
func (l *Loop) timers() {
	l.tell() // before a retry makes things look well
	if at := l.journal.retryAt; at > 0 && l.now >= at {
		l.journal.room(l)
	}
	for f := range l.files {
		if at := l.files[f].retryAt; at > 0 && l.now >= at {
			l.retryFile(f)
		}
	}
	if l.calm.until > 0 && l.now >= l.calm.until {
		l.calm.until = 0
		l.lookAgain()
	}
	if at := l.patienceEnds(); at > 0 && l.now >= at {
		l.ringFull = false
		l.wakeStreams()
	}
	l.rest()
}

// timeout is the time to the next deadline in us, -1 for none, 0 while there
// is work that needs no event.
func (l *Loop) timeout() int64 {
	next := int64(-1)
	for i := range l.streams {
		s := &l.streams[i]
		switch {
		case l.calm.until > 0: // they are left alone
		case s.ready:
			return 0
		default:
			next = sooner(sooner(next, s.tailDue), s.lookDue)
		}
	}
	if l.stirred || l.input.more {
		return 0
	}
	next = sooner(next, l.restAt())
	next = sooner(next, l.calm.until)
	next = sooner(next, l.journal.retryAt)
	for f := range l.files {
		next = sooner(next, l.files[f].retryAt)
	}
	next = sooner(next, l.status.due)
	next = sooner(next, l.status.pingAt)
	next = sooner(next, l.leaveAt)
	next = sooner(next, l.patienceEnds())
	if l.drains > 0 && !l.state.queue.empty() {
		next = sooner(next, l.drainAt+drainGrace)
	}
	if l.idleUS >= 0 && l.quiet() {
		next = sooner(next, l.moved+l.idleUS)
	}
	if next < 0 {
		return -1
	}
	return max(0, next-l.now)
}

// quiet reports whether no client is there and nothing waits to be moved.
func (l *Loop) quiet() bool {
	if l.top > 0 {
		return false
	}
	return l.streams[0].empty() && l.streams[1].empty() && l.state.queue.empty()
}

// idle reports whether it is time to leave.
func (l *Loop) idle() bool {
	return l.idleUS >= 0 && l.now-l.moved >= l.idleUS && l.quiet()
}

// lingerUS is how long a relay that is told to leave after the container's end
// waits for clients to read what is left.
const lingerUS = 3000 * ms

// mayLeave reports whether a relay that is told to stop can do so at once: while
// the container lives, clients are taken up by the next process; after its end
// there is none.
func (l *Loop) mayLeave() bool {
	if !l.bulkBusy() && (!l.ended || l.outputs == 0 || !l.behind()) {
		return true
	}
	if l.leaveAt == 0 {
		l.leaveAt = l.now + lingerUS
		l.watch(raw.EpollDel, l.stop, 0, tagStop)
	}
	return l.now >= l.leaveAt
}

// sooner is the earlier of two deadlines, of which 0 and -1 mean none.
func sooner(a, b int64) int64 {
	if b <= 0 || (a > 0 && a < b) {
		return a
	}
	return b
}

// zone is the moment of the bytes at hand, and the local time zone.
type zone struct {
	offset, next int32 // seconds east of UTC, now and from until on
	until        int64
	stamp        logfile.Stamp
}

// SetZone sets the local time's offset to UTC in seconds, the time at which it
// changes (seconds since the epoch), and to what.
func (l *Loop) SetZone(offset int, until int64, next int) {
	l.zone.offset, l.zone.until, l.zone.next = int32(offset), until, int32(next)
}

// stamp prepares the stamp of a record.
func (l *Loop) stamp(sec, nsec int64) *logfile.Stamp {
	z := &l.zone
	offset := z.offset
	if sec >= z.until && z.until > 0 {
		offset = z.next
	}
	z.stamp.Set(sec, int32(nsec), offset)
	return &z.stamp
}
