package loop

import (
	"net"
	"testing"
	"time"
	"unsafe"

	"github.com/unitmon/unitmon/internal/sys"
)

// FuzzClients lets clients and the container do anything in any order: the loop
// goes on, and at the end everything that was written is stored. Each byte is a
// step: what to do, and with which of eight connections.
func FuzzClients(f *testing.F) {
	f.Add([]byte{0, 8, 16, 24, 32, 40, 48, 56, 64, 72})
	f.Add([]byte{1, 9, 17, 2, 10, 34, 42, 50, 1, 2, 3, 65, 66, 67})
	f.Add([]byte("follow attach stdin resize 24 80"))
	mem, st := fuzzMemory(f)
	f.Fuzz(func(t *testing.T, steps []byte) {
		if len(steps) > 200 {
			return
		}
		*mem = Loop{}
		st.reset()
		r := newRigWith(t, st)
		r.mem = mem
		defer r.close()
		go r.discard()
		r.conf = func(l *Loop) { l.SetInput(false) }
		run := r.start(-1)
		var conns [8]*net.UnixConn
		for i, step := range steps {
			r.step(&conns[step&7], step>>3, steps[i:])
		}
		for _, c := range conns {
			if c != nil {
				_ = c.Close()
			}
		}
		r.drain()
		if why := run.end(); why != Stopped {
			t.Errorf("the loop ended with %d", why)
		}
		for i := range r.state.streams {
			if s := &r.state.streams[i]; s.head != s.target || s.journal != s.head {
				t.Errorf("stream %d: %+v", i, s)
			}
		}
		counted(t, run.loop)
	})
}

// counted checks that a loop's numbers of clients are those of its table. There
// may still be some: of a client that sends much the loop reads a part, and then
// has an ear for others.
func counted(t *testing.T, l *Loop) {
	t.Helper()
	var outputs, drains int32
	top := 0
	for i := range l.clients {
		switch l.clients[i].kind {
		case clientFree:
			continue
		case clientOutput:
			outputs++
		case clientDrain:
			drains++
		}
		top = i + 1
	}
	if outputs != l.outputs || drains != l.drains || top != l.top {
		t.Errorf("%d clients, %d that drain, top %d; counted as %d, %d, %d", outputs, drains, top, l.outputs, l.drains, l.top)
	}
}

// fuzzMemory is memory for one loop after the other.
func fuzzMemory(f *testing.F) (*Loop, *State) {
	f.Helper()
	own, err := sys.Memory(Size)
	if err != nil {
		f.Fatal(err)
	}
	shared, err := sys.Memory(StateSize)
	if err != nil {
		f.Fatal(err)
	}
	return (*Loop)(unsafe.Pointer(unsafe.SliceData(own))), (*State)(unsafe.Pointer(unsafe.SliceData(shared)))
}

// step is one step of a fuzzed client, or of the container.
func (r *rig) step(c **net.UnixConn, what byte, text []byte) {
	requests := []string{"attach stdin", "attach lines=3", "follow bytes=9", "resize 4 5", "reopen", "drain", "stdin", "x"}
	switch {
	case *c == nil && what&1 == 0:
		*c = r.dial("attach")
	case *c == nil:
		*c = r.dial("control")
	case what < 8:
		_, _ = (*c).Write([]byte(requests[what]))
	case what < 16:
		_, _ = (*c).Write(text[:min(len(text), 1<<(what-8))])
	case what == 16:
		_ = (*c).CloseWrite()
	case what == 17:
		_ = (*c).Close()
		*c = nil
	case what == 18:
		_ = (*c).SetReadDeadline(time.Now().Add(time.Millisecond))
		_, _ = (*c).Read(r.buf[:])
	case what < 24:
		_, _ = r.fifos[what&1].Write(text)
	default:
		_, _ = r.fifos[what&1].Write(append([]byte{'\n'}, text...))
	}
}
