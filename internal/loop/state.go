package loop

import "unsafe"

// Sizes of what a State holds.
const (
	// RingSize is how far behind a client may be, in bytes of output and 16
	// bytes for each piece of it.
	RingSize = 1 << 20
	// ReplaySize is how much of the last output a client can ask for.
	ReplaySize = 64 << 10
	// QueueMax bounds the queue before a journald that takes nothing.
	QueueMax = 16 << 20
	// MaxFiles bounds the log files of one container.
	MaxFiles = 2

	// stateMagic names the layout: it changes with it. A process that finds
	// another one starts with an empty State, and what was on its way may be
	// stored twice.
	stateMagic = 0x756e69746d6f6e32
)

// State is what must outlive a relay process. It has no pointers and lives in
// shared memory that the manager keeps (FDSTORE=1, sd_notify(3)), so that what
// one process has stored there the next one finds, whatever ended the first.
//
// Offsets count the bytes of a stream since the first relay process of the
// container. A sink's offset is that of the first byte that it has not taken.
type State struct {
	magic   uint64
	size    uint64
	streams [2]streamState
	files   [MaxFiles]fileState
	ring    ringState
	queue   queueState
	input   inputState
	// inputTaken says that the container's input was handed over: if it is not
	// there any more it was closed.
	inputTaken bool
	bulks      [2]bulkState
	stats      Stats
	clients    [MaxClients]clientState

	ringData  [RingSize]byte
	queueData [QueueMax]byte
}

// streamState is how far a stream has come.
type streamState struct {
	head    uint64 // the first byte in the FIFO
	target  uint64 // what head becomes when the bytes on their way out are out
	ring    uint64
	journal uint64
	files   [MaxFiles]uint64
	midLine bool // the last journal entry was a part of a line
}

// StateSize is the size of a State in bytes; most of it is touched only when it
// is needed.
const StateSize = unsafe.Sizeof(State{})

// stateFixed is the size of what comes before the data of ring and queue.
const stateFixed = unsafe.Offsetof(State{}.ringData)

// Stats counts what relay processes have moved since the first one.
type Stats struct {
	Lines   uint64 // journal entries stored
	Bytes   uint64 // bytes consumed from the FIFOs
	Waits   uint64 // times journald had no room
	Dropped uint64 // clients dropped because they did not read
	// LostJournal and LostFiles count lines that were dropped by policy.
	LostJournal uint64
	LostFiles   [MaxFiles]uint64
}

// SetState gives the loop its state: StateSize bytes of shared memory, zeroed
// or as an earlier process has left them. It reports whether there was one that
// could be taken up. It must be called before all other Set methods.
func (l *Loop) SetState(st *State) bool {
	l.state, l.input.at = st, -1
	if st.magic == stateMagic && st.size == uint64(StateSize) && st.sound() {
		return true
	}
	st.reset()
	return false
}

// reset makes a state that knows nothing. The data of ring and queue stay: what
// is not touched costs no memory.
func (st *State) reset() {
	fixed := unsafe.Slice((*byte)(unsafe.Pointer(st)), stateFixed)
	clear(fixed)
	st.magic, st.size = stateMagic, uint64(StateSize)
}

// sound reports whether the parts that index memory are within their bounds.
func (st *State) sound() bool {
	for i := range st.streams {
		s := &st.streams[i]
		if s.target-s.head > bufSize || s.ring-s.head > bufSize || s.journal-s.head > bufSize {
			return false
		}
		for f := range s.files {
			if s.files[f]-s.head > bufSize {
				return false
			}
		}
	}
	return st.ring.sound(st) && st.queue.sound()
}

// Fixed is the part of the state that Window does not have, for keeping it in a
// file. The memory is the state's own.
func (st *State) Fixed() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(st)), stateFixed)
}

// Window is the part of the ring that can be replayed, in one or two pieces.
// The state, but for a note of it in what Fixed gives afterwards, stays as it is:
// the process that follows may find it in the store.
func (st *State) Window() (a, b []byte) {
	st.ring.kept = st.recent()
	return st.window(st.ring.kept)
}

// window is the ring from tail on.
func (st *State) window(tail uint64) (a, b []byte) {
	from, to := int(tail%RingSize), int(st.ring.write%RingSize)
	switch {
	case tail == st.ring.write:
		return nil, nil
	case from < to:
		return st.ringData[from:to], nil
	}
	return st.ringData[from:], st.ringData[:to]
}

// Restore fills a zeroed state with what Fixed and Window once gave. It reports
// whether that can be taken up; if not, the state is as if nothing was there.
func (st *State) Restore(fixed, window []byte) bool {
	if len(fixed) != int(stateFixed) {
		return false
	}
	copy(st.Fixed(), fixed)
	clear(st.clients[:])
	if st.magic != stateMagic || st.size != uint64(StateSize) ||
		st.ring.write-st.ring.kept != uint64(len(window)) || len(window) > RingSize {
		st.reset()
		return false
	}
	st.ring.tail = st.ring.kept
	st.input = inputState{} // its client is gone
	st.forgetQueue()        // it is not in the file
	a, b := st.window(st.ring.tail)
	copy(b, window[copy(a, window):])
	return true
}

// FixedSize is the length of what Fixed gives.
const FixedSize = int(stateFixed)
