package engine

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/unitmon/unitmon/internal/engine/oom"
	"github.com/unitmon/unitmon/internal/sys"
)

// phase is how far a service has come.
type phase uint32

const (
	fresh     phase = iota
	starting        // the runtime was started
	lives           // the container runs
	announced       // and the engine knows its pid
	over            // it has ended, as the record says
	recorded        // and that has been told
	commanded       // the exit command runs, or is about to
)

// record is what a service knows, in memory that outlives its process. Where it
// has zeros nothing was noted, as by a process of an earlier version.
type record struct{ mem []byte }

const (
	recordSize = 4096

	// Where things are. What is longer than a word has two places, and a byte says
	// which is valid: a process may be killed while it writes.
	atPhase    = 0
	atPID      = 4
	atCode     = 8
	atValid    = 12 // which place of oom: 1 or 2, 0 for none
	atDeadline = 16
	atSocket   = 24
	atOOM      = 64
	oomSize    = (recordSize - atOOM) / 2
)

func (r record) phase() phase { return phase(binary.LittleEndian.Uint32(r.mem[atPhase:])) }

func (r record) pid() int { return int(binary.LittleEndian.Uint32(r.mem[atPID:])) }

func (r record) code() int { return int(int32(binary.LittleEndian.Uint32(r.mem[atCode:]))) }

// set notes a phase; what belongs to it was noted before.
func (r record) set(p phase) { binary.LittleEndian.PutUint32(r.mem[atPhase:], uint32(p)) }

func (r record) setPID(n int) { binary.LittleEndian.PutUint32(r.mem[atPID:], uint32(n)) }

func (r record) setCode(n int) { binary.LittleEndian.PutUint32(r.mem[atCode:], uint32(int32(n))) }

// deadline is when the container's time is over, by [sys.Monotonic].
func (r record) deadline() time.Duration {
	return time.Duration(binary.LittleEndian.Uint64(r.mem[atDeadline:]))
}

func (r record) setDeadline(at time.Duration) {
	binary.LittleEndian.PutUint64(r.mem[atDeadline:], uint64(at))
}

// socket is the attach socket's file.
func (r record) socket() sys.FileID {
	return sys.FileID{
		Dev: binary.LittleEndian.Uint64(r.mem[atSocket:]),
		Ino: binary.LittleEndian.Uint64(r.mem[atSocket+8:]),
	}
}

func (r record) setSocket(id sys.FileID) {
	binary.LittleEndian.PutUint64(r.mem[atSocket:], id.Dev)
	binary.LittleEndian.PutUint64(r.mem[atSocket+8:], id.Ino)
}

// oom is what was seen of the container's memory events; ok is false if nothing
// was noted.
func (r record) oom() (s oom.Seen, ok bool) {
	i := int(r.mem[atValid])
	if i != 1 && i != 2 {
		return s, false
	}
	b := r.mem[atOOM+(i-1)*oomSize:][:oomSize]
	n := binary.LittleEndian.Uint32(b)
	if n > oomSize-4 || json.Unmarshal(b[4:4+n], &s) != nil {
		return oom.Seen{}, false
	}
	return s, true
}

// setOOM notes s. What there was stays if that is too long.
func (r record) setOOM(s oom.Seen) error {
	text, err := json.Marshal(s)
	if err != nil || len(text) > oomSize-4 {
		return errors.Join(err, fmt.Errorf("memory events of %s: their record has %d bytes, and %d at most", s.Dir, len(text), oomSize-4))
	}
	i := r.mem[atValid]%2 + 1 // the other one
	b := r.mem[atOOM+int(i-1)*oomSize:]
	binary.LittleEndian.PutUint32(b, uint32(len(text)))
	copy(b[4:], text)
	r.mem[atValid] = i
	return nil
}

// reached notes how far the monitor has come, if there is anybody who may have
// to know.
func (m *monitor) reached(p phase) {
	if m.service == nil {
		return
	}
	m.service.record.setPID(m.child.pid)
	m.service.record.setCode(m.code)
	m.service.record.set(p)
}
