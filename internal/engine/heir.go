package engine

import (
	"encoding/binary"

	"github.com/unitmon/unitmon/internal/sys"
)

// A service can be gone for good while its container runs: the manager was told
// to stop it when there was no process, or had to kill it, or it was told not to
// start it again. The output is lost then, with the manager's store. The keeper
// makes sure that the container's end is not.

// tellChild has the keeper know the container's process. It is no error if there
// is no keeper.
func (m *monitor) tellChild() {
	if m.service != nil {
		_, _ = m.service.link.Write(binary.LittleEndian.AppendUint32([]byte{linkChild}, uint32(m.child.pid)))
	}
}

// tellCommand has the keeper know that nothing is left to do for it.
func (m *monitor) tellCommand() { _, _ = m.service.link.Write([]byte{linkCommand}) }

// hold takes hold of the container's process, which runs, or is a zombie until
// the service has seen its end.
func (k *keeper) hold(pid int) error {
	fd, err := sys.OpenPidfd(pid)
	if err != nil {
		return err
	}
	if k.child != nil {
		_ = k.child.Close()
	}
	k.child, k.m.child.pid = fd, pid
	return nil
}

// inherit is the rest of a monitor's life, if it has to be lived here: the wait
// for the container's end, the exit files, the exit command.
func (k *keeper) inherit() error {
	m := k.m
	if k.told || k.child == nil {
		return nil
	}
	m.diag.Warn("container " + m.opts.CID + ": its monitor's service is gone, and what it writes is lost")
	m.child.fd, m.child.ended = k.child, false
	m.state, m.forwardTo, m.inherited = running, nil, nil
	m.life = &table{running: {asked: (*monitor).forward}}
	n, err := k.child.Handle()
	if err != nil {
		return err
	}
	if err := m.add(n, m.childGone); err != nil {
		return err
	}
	if err := m.turns(func() bool { return m.child.ended }); err != nil {
		return err
	}
	m.code, m.began = m.child.code(), true
	for _, s := range steps {
		if s.name != "persist" && s.name != "exit" {
			continue
		}
		if err := s.do(m); err != nil {
			m.diag.Error(err.Error())
			m.failed = true
		}
	}
	k.code = m.end()
	return nil
}

// turns handles what happens until done says that it is enough.
func (m *monitor) turns(done func() bool) error {
	var tags []int
	var err error
	for !done() {
		if tags, err = m.poll.Wait(tags[:0]); err != nil {
			return err
		}
		for _, tag := range tags {
			if err := m.call(tag); err != nil {
				m.diag.Warn(err.Error())
			}
		}
	}
	return nil
}
