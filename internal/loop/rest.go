package loop

import (
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys/raw"
)

// restUS is after what time of quiet the loop gives back the memory that a burst
// of output has touched.
const restUS = 200 * ms

// restAt is when that is due, 0: there is nothing to give back.
func (l *Loop) restAt() int64 {
	if l.rested || l.streams[0].held > 0 || l.streams[1].held > 0 || l.input.at >= 0 {
		return 0
	}
	return l.moved + restUS
}

// rest gives memory back, if it is time.
func (l *Loop) rest() {
	at := l.restAt()
	if at == 0 || l.now < at {
		return
	}
	l.rested = true
	l.payAll()
	for i := range l.streams {
		s := &l.streams[i]
		l.narrow(s)
		forget(unsafe.Pointer(&s.buf), bufSize, raw.MadvDontneed)
		forget(unsafe.Pointer(&s.entry.out[MaxFields]), len(s.entry.out)-MaxFields, raw.MadvDontneed)
	}
	forget(unsafe.Pointer(&l.out), outSize, raw.MadvDontneed)
	forget(unsafe.Pointer(&l.input.buf), len(l.input.buf), raw.MadvDontneed)
	if l.readers == 0 {
		l.forgetRing()
	}
	if q := &l.state.queue; q.empty() {
		forget(unsafe.Pointer(&l.state.queueData), QueueMax, raw.MadvRemove)
	}
}

// forgetRing gives back what of the ring is older than a replay.
func (l *Loop) forgetRing() {
	r := &l.state.ring
	r.keep(l.state, ReplaySize)
	from, to := r.write%RingSize, r.tail%RingSize
	data := unsafe.Pointer(&l.state.ringData)
	switch {
	case r.write == r.tail:
		forget(data, RingSize, raw.MadvRemove)
	case from <= to:
		forget(unsafe.Add(data, from), int(to-from), raw.MadvRemove)
	default:
		forget(unsafe.Add(data, from), int(RingSize-from), raw.MadvRemove)
		forget(data, int(to), raw.MadvRemove)
	}
}

// forget gives back the whole pages of n bytes at p: madvise(2) with
// MADV_DONTNEED for memory of our own, MADV_REMOVE for shared memory. They read
// as zeros from then on.
func forget(p unsafe.Pointer, n int, advice uintptr) {
	const page = 4096
	from := (uintptr(p) + page - 1) &^ (page - 1)
	to := (uintptr(p) + uintptr(n)) &^ (page - 1)
	if from < to {
		raw.Call(raw.SysMadvise, from, to-from, advice, 0, 0, 0)
	}
}
