package loop

import (
	"bytes"
	"testing"
)

// FuzzRequest shows that no request of a client goes beyond its limits.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		"follow", "attach stdin lines=10 bytes=99999999999999999999", "resize 24 80", "resize  1", "drain ", "console",
		"attach bytes=", "resize 65536 -1", "reopen x", "stdin", "", " ", "attach \x00", "resize 1 2 3",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		r := parseRequest(b)
		switch {
		case !bytes.Equal(before, b):
			t.Error("the request was changed")
		case r.lines < 0 || r.lines > ReplaySize || r.bytes < 0 || r.bytes > ReplaySize:
			t.Errorf("replay %d lines, %d bytes", r.lines, r.bytes)
		case r.rows < 0 || r.rows > 1<<16-1 || r.cols < 0 || r.cols > 1<<16-1:
			t.Errorf("size %d %d", r.rows, r.cols)
		case r.verb == verbUnknown && r != (request{}):
			t.Errorf("an unknown request has %+v", r)
		}
	})
}

// FuzzRing shows that the ring gives back what was put into it, in pieces of
// any size, and that a replay is the end of it.
func FuzzRing(f *testing.F) {
	f.Add([]byte{1, 2, 3}, uint16(5), uint16(1))
	f.Add([]byte{255, 0, 255, 128, 7}, uint16(60000), uint16(100))
	f.Add(bytes.Repeat([]byte{250}, 300), uint16(1000), uint16(9))
	mem := new(State)
	f.Fuzz(func(t *testing.T, sizes []byte, replay, lines uint16) {
		mem.reset()
		var all []byte
		for i, size := range sizes {
			piece := make([]byte, int(size)*32%PacketData+1)
			for j := range piece {
				piece[j] = byte(i + j)
			}
			all = append(all, piece...)
			mem.ring.free(mem, mem.need(len(piece)))
			mem.put(PacketStdout, piece, uint64(len(all)))
			if i%64 == 0 && !mem.ring.sound(mem) {
				t.Fatalf("the ring is not sound after piece %d: %+v", i, mem.ring)
			}
		}
		if !mem.ring.sound(mem) {
			t.Fatalf("the ring is not sound: %+v", mem.ring)
		}
		mem.catchUp()
		if mem.streams[0].ring != uint64(len(all)) {
			t.Errorf("the stream's offset is %d of %d", mem.streams[0].ring, len(all))
		}
		got := readRing(mem, 0, int(replay))
		if !bytes.HasSuffix(all, got) || len(got) > int(replay) || len(got) < min(int(replay), len(all), ReplaySize-PacketData-pieceSize-len(sizes)*2*pieceSize) {
			t.Errorf("a replay of %d bytes gives %d of %d", replay, len(got), len(all))
		}
		got = readRing(mem, int(lines), 0)
		if !bytes.HasSuffix(all, got) || bytes.Count(got, []byte("\n")) > int(lines) {
			t.Errorf("a replay of %d lines gives %d", lines, bytes.Count(got, []byte("\n")))
		}
	})
}

// readRing is what a client gets that asks for a replay.
func readRing(st *State, lines, n int) []byte {
	pos, skip := st.replay(lines, n)
	var got []byte
	for pos = st.skip(pos); pos < st.ring.write; pos = st.after(pos) {
		got = append(got, st.data(pos)[skip:]...)
		skip = 0
	}
	return got
}

// FuzzQueue shows that the queue before the journal gives back what it took,
// in order, and counts what it did not.
func FuzzQueue(f *testing.F) {
	f.Add([]byte{1, 100, 255, 0, 3}, uint16(300))
	f.Add(bytes.Repeat([]byte{200}, 100), uint16(2000))
	l := new(Loop)
	st := new(State)
	f.Fuzz(func(t *testing.T, sizes []byte, room uint16) {
		st.reset()
		l.SetState(st)
		l.journal = journald{on: true, full: true, queueMax: uint64(room)}
		for i, size := range sizes {
			l.enqueue(i, bytes.Repeat([]byte{byte(i)}, int(size)), false)
			if i%7 == 6 { // some room
				l.state.queue.read = l.state.nextQueued(l.state.queue.read)
			}
		}
		if q := &l.state.queue; !q.sound() || q.write-q.read > uint64(room) {
			t.Errorf("the queue is not sound: %+v", q)
		}
	})
}

// nextQueued is the position behind the line at pos.
func (st *State) nextQueued(pos uint64) uint64 {
	if pos >= st.queue.write {
		return pos
	}
	var b [waitingSize]byte
	st.take(pos, b[:])
	size := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24
	if size == lossMark {
		size = 0
	}
	return pos + uint64(waitingSize) + size
}

// FuzzRestore shows that a state from a damaged file is taken only if its ring
// can be walked.
func FuzzRestore(f *testing.F) {
	st := new(State)
	st.reset()
	st.put(PacketStdout, []byte("some output\n"), 12)
	a, _ := st.Window()
	f.Add(bytes.Clone(st.Fixed()[:256]), bytes.Clone(a))
	f.Add([]byte{}, []byte{})
	l := new(Loop)
	fixed := make([]byte, FixedSize)
	other := new(State)
	f.Fuzz(func(t *testing.T, head, window []byte) {
		copy(fixed, st.Fixed())
		copy(fixed, head)
		other.reset()
		other.Restore(fixed, window)
		l.SetState(other) // walks it
		other.catchUp()
		readRing(other, 10, 0)
	})
}
