package engine

import (
	"encoding/binary"
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

// record is what a service knows, in memory that outlives its process.
type record struct{ mem []byte }

const recordSize = 4096

func (r record) phase() phase { return phase(binary.LittleEndian.Uint32(r.mem)) }

func (r record) pid() int { return int(binary.LittleEndian.Uint32(r.mem[4:])) }

func (r record) code() int { return int(int32(binary.LittleEndian.Uint32(r.mem[8:]))) }

// set notes a phase; what belongs to it was noted before.
func (r record) set(p phase) { binary.LittleEndian.PutUint32(r.mem, uint32(p)) }

func (r record) setPID(n int) { binary.LittleEndian.PutUint32(r.mem[4:], uint32(n)) }

func (r record) setCode(n int) { binary.LittleEndian.PutUint32(r.mem[8:], uint32(int32(n))) }

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
