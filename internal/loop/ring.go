package loop

import "unsafe"

// The ring holds the last output in pieces, each with a header, in the order in
// which it came. A client is a position in it: so a client costs no memory, and
// what it may be behind is bounded.

// ringState is where the ring is read and written; both count bytes since the
// beginning and only grow.
type ringState struct {
	tail  uint64 // the oldest piece
	write uint64 // where the next one goes
	kept  uint64 // where what Window gave began
	gap   bool   // what came last may not be in it
}

// piece is the header of a piece of output in the ring. The byte that names the
// stream is its last, so that it and the data are one packet.
type piece struct {
	end  uint64 // the stream's offset after it
	size uint32 // bytes of data, or padMark
	_    [3]byte
	kind byte // PacketStdout or PacketStderr
}

const (
	pieceSize = 16 // of a header, and what pieces are aligned to
	// padMark is the size of a piece that only fills the ring's end.
	padMark = 1<<32 - 1
)

// room is how many bytes of the ring a piece with n bytes of data takes.
func room(n int) uint64 { return uint64(pieceSize + (n+pieceSize-1)&^(pieceSize-1)) }

// at is the header at a position.
func (st *State) at(pos uint64) *piece {
	return (*piece)(unsafe.Pointer(&st.ringData[pos%RingSize&^(pieceSize-1)]))
}

// data is what a piece holds; the piece is at pos.
func (st *State) data(pos uint64) []byte {
	off := pos%RingSize + pieceSize
	return st.ringData[min(off, RingSize):min(off+uint64(st.at(pos).size), RingSize)]
}

// skip is pos, or the ring's beginning if only padding is at pos.
func (st *State) skip(pos uint64) uint64 {
	if pos < st.ring.write && st.at(pos).size == padMark {
		return (pos/RingSize + 1) * RingSize
	}
	return pos
}

// after is the position after the piece at pos.
func (st *State) after(pos uint64) uint64 { return st.skip(pos + room(int(st.at(pos).size))) }

// put appends a piece. There must be room for it: see need.
func (st *State) put(kind byte, data []byte, end uint64) {
	r := &st.ring
	pos := r.write
	if left := RingSize - pos%RingSize; left < room(len(data)) {
		st.at(pos).size = padMark
		pos += left
	}
	h := st.at(pos)
	h.end, h.size, h.kind = end, uint32(len(data)), kind
	copy(st.data(pos), data)
	r.write = pos + room(len(data)) // last: until here nothing has happened
}

// need is how many bytes of the ring a piece with n bytes takes there now, the
// padding before it included.
func (st *State) need(n int) uint64 {
	if left := RingSize - st.ring.write%RingSize; left < room(n) {
		return left + room(n)
	}
	return room(n)
}

// needAll is how many bytes of the ring n bytes take at most, in pieces as large
// as they can be.
func (st *State) needAll(n int) uint64 {
	pieces := uint64((n + PacketData - 1) / PacketData)
	return uint64(n) + pieces*2*pieceSize + room(PacketData)
}

// free drops the oldest pieces until n bytes are free.
func (r *ringState) free(st *State, n uint64) {
	for r.write+n-r.tail > RingSize {
		r.tail = st.after(st.skip(r.tail))
	}
}

// keep drops the oldest pieces until at most n bytes are used.
func (r *ringState) keep(st *State, n uint64) { r.free(st, RingSize-n) }

// sound reports whether the ring can be walked.
func (r *ringState) sound(st *State) bool {
	if r.tail > r.write || r.write-r.tail > RingSize || r.tail%pieceSize != 0 || r.write%pieceSize != 0 {
		return false
	}
	pos := st.skip(r.tail)
	for pos < r.write {
		h := st.at(pos)
		if h.size > PacketData || pos%RingSize+room(int(h.size)) > RingSize || h.kind < PacketStdout || h.kind > PacketStderr {
			return false
		}
		pos = st.after(pos)
	}
	return pos == r.write
}

// catchUp corrects a stream's offset after a process was killed between the two
// steps of storing a piece.
func (st *State) catchUp() {
	if st.ring.gap {
		st.ring.gap, st.ring.tail = false, st.ring.write
	}
	for pos := st.skip(st.ring.tail); pos < st.ring.write; pos = st.after(pos) {
		h := st.at(pos)
		s := &st.streams[(h.kind-PacketStdout)&1]
		s.ring = max(s.ring, h.end)
	}
}

// replay finds where a client begins that wants the last lines or bytes: the
// position of a piece and how much of it to leave out. Of output that has no
// newline at its end the last line counts, too.
func (st *State) replay(lines, bytes int) (pos uint64, skip uint32) {
	if lines <= 0 && bytes <= 0 {
		return st.ring.write, 0
	}
	if lines <= 0 {
		return st.cut(bytes, '\n', false)
	}
	return st.cut(lines, '\n', true)
}

// recent is the position of the oldest piece that is replayed.
func (st *State) recent() uint64 {
	pos := st.skip(st.ring.tail)
	for pos < st.ring.write && st.ring.write-pos > ReplaySize {
		pos = st.after(pos)
	}
	return pos
}

// cut finds the place before the last n units: bytes, or lines.
func (st *State) cut(n int, newline byte, lines bool) (uint64, uint32) {
	from := st.recent()
	total := 0
	for pos := from; pos < st.ring.write; pos = st.after(pos) {
		total += units(st.data(pos), newline, lines)
	}
	if lines && !st.endsWith(newline) {
		total++ // the unfinished one
	}
	drop := total - n
	for pos := from; pos < st.ring.write; pos = st.after(pos) {
		if drop <= 0 {
			return pos, 0
		}
		u := units(st.data(pos), newline, lines)
		if u >= drop {
			at := place(st.data(pos), newline, lines, drop)
			if at < len(st.data(pos)) {
				return pos, uint32(at)
			}
			return st.after(pos), 0
		}
		drop -= u
	}
	return st.ring.write, 0
}

// units counts the bytes or the newlines of b.
func units(b []byte, newline byte, lines bool) int {
	if !lines {
		return len(b)
	}
	n := 0
	for i := range b {
		if b[i] == newline {
			n++
		}
	}
	return n
}

// place is the index in b after its first n units.
func place(b []byte, newline byte, lines bool, n int) int {
	if !lines {
		return n
	}
	for i := range b {
		if b[i] == newline {
			if n--; n == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// endsWith reports whether the last byte of the output is c, or there is none.
func (st *State) endsWith(c byte) bool {
	last := c
	for pos := st.skip(st.ring.tail); pos < st.ring.write; pos = st.after(pos) {
		if b := st.data(pos); len(b) > 0 {
			last = b[len(b)-1]
		}
	}
	return last == c
}
