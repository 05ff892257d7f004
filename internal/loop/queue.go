package loop

import "unsafe"

// The queue holds lines that wait for a journald that takes nothing, where the
// user chose that lines are dropped rather than that the container waits.

// queueState is where the queue is read and written; both only grow.
type queueState struct {
	read, write uint64
	lost        uint64 // lines lost since the last that was queued
	lines       uint64 // in the queue
}

// waiting is the header of a line in the queue, or with a size of lossMark the
// place of lines that were lost.
type waiting struct {
	size    uint32
	stream  uint8
	partial bool
	_       [2]byte
	lost    uint64
}

const (
	waitingSize = unsafe.Sizeof(waiting{})
	lossMark    = 1<<32 - 1
)

// drainGrace is how long the end of a container waits, if lines may be dropped,
// for a journald that takes nothing.
const drainGrace = 2000 * ms

func (q *queueState) empty() bool { return q.read == q.write && q.lost == 0 }

func (q *queueState) sound() bool { return q.read <= q.write && q.write-q.read <= QueueMax }

// enqueue keeps a line, or counts it as lost.
func (l *Loop) enqueue(i int, line []byte, partial bool) {
	st, q := l.state, &l.state.queue
	need := uint64(waitingSize) + uint64(len(line))
	if q.lost > 0 {
		need += uint64(waitingSize)
	}
	if q.write-q.read+need > l.journal.queueMax {
		q.lost++
		st.stats.LostJournal++
		l.trouble()
		return
	}
	pos := q.write
	if q.lost > 0 {
		pos = st.append(pos, &waiting{size: lossMark, lost: q.lost}, nil)
	}
	q.write = st.append(pos, &waiting{size: uint32(len(line)), stream: uint8(i & 1), partial: partial}, line)
	q.lost = 0
	q.lines++
}

// append writes a header and a line behind pos and returns where they end.
func (st *State) append(pos uint64, h *waiting, line []byte) uint64 {
	pos = st.fill(pos, unsafe.Slice((*byte)(unsafe.Pointer(h)), waitingSize))
	return st.fill(pos, line)
}

// fill copies b into the queue's memory at pos and returns where it ends.
func (st *State) fill(pos uint64, b []byte) uint64 {
	n := copy(st.queueData[pos%QueueMax:], b)
	copy(st.queueData[:], b[n:])
	return pos + uint64(len(b))
}

// take copies from the queue's memory at pos into b.
func (st *State) take(pos uint64, b []byte) {
	n := copy(b, st.queueData[pos%QueueMax:])
	copy(b[n:], st.queueData[:])
}

// unqueue gives what waits to journald, as far as it takes it.
func (l *Loop) unqueue() {
	q := &l.state.queue
	for !q.empty() && !l.journal.full {
		if q.read == q.write {
			if !l.sendLoss(q.lost) {
				l.retrySoon()
				return
			}
			q.lost = 0
			return
		}
		next, ok := l.sendQueued(q.read)
		if !ok {
			return
		}
		q.read = next
	}
}

// sendQueued sends the line at pos of the queue and returns where the next is.
func (l *Loop) sendQueued(pos uint64) (uint64, bool) {
	h := &l.queued
	l.state.take(pos, unsafe.Slice((*byte)(unsafe.Pointer(h)), waitingSize))
	pos += uint64(waitingSize)
	if h.size == lossMark {
		if !l.sendLoss(h.lost) {
			l.retrySoon()
			return 0, false
		}
		return pos, true
	}
	size := min(h.size, MaxLine)
	e := &l.streams[h.stream&1].entry
	e.level = 0
	n := e.open(h.partial)
	l.state.take(pos, e.out[n:n+int(size)])
	if !l.send(e, e.close(n+int(size))) {
		return 0, false
	}
	l.state.stats.Lines++
	l.state.queue.lines--
	return pos + uint64(h.size), true
}

// retrySoon makes the loop try again what is not sent by send.
func (l *Loop) retrySoon() {
	l.journal.full = true
	l.journal.retryAt = sooner(l.journal.retryAt, l.now+retryMin)
}

// sendLoss says in the journal, at the place where they are missing, how many
// lines were lost.
func (l *Loop) sendLoss(n uint64) bool {
	t := &l.status.line
	t.reset()
	t.number(n)
	t.add(" lines of the container's output were lost: journald did not take them in time")
	return l.report(4, t.bytes())
}

// forgetQueue gives up what is in the queue: it is lost, and said to be.
func (st *State) forgetQueue() {
	q := &st.queue
	st.stats.LostJournal += q.lines
	*q = queueState{read: q.write, write: q.write, lost: q.lost + q.lines}
}
