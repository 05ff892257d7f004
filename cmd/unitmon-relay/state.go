package main

import (
	"context"
	"encoding/binary"
	"errors"
	"os"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/loop/setup"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
)

// memory is the loop's state and what belongs to it.
type memory struct {
	state *loop.State
	stash [2]int
}

// takeMemory finds what an earlier process has left: in the manager's store, if
// that one was killed or is replaced, else in a file, if it left when nothing
// moved or was stopped. What is new is given to the store before anything moves,
// and complete.
func takeMemory(store setup.Store, dir container.Dir) (m *memory, err error) {
	m = new(memory)
	m.state, _, err = store.State(func(st *loop.State) { load(st, dir.RelayState()) })
	if err != nil {
		return nil, err
	}
	for i := range m.stash {
		if m.stash[i], err = store.Stash(i); err != nil {
			return nil, err
		}
	}
	return m, forget(dir.RelayState(), store.Manager)
}

// forget removes the file of an earlier process, when what was in it is surely
// in the manager's store.
func forget(path string, manager *notify.Socket) error {
	if _, err := os.Lstat(path); err != nil {
		return gone(err)
	}
	return errors.Join(manager.Barrier(context.Background()), gone(os.Remove(path)))
}

// save writes what the next process needs to a file, for one that does not
// follow at once: the manager's store is emptied when a service has ended.
func save(st *loop.State, path string) error {
	a, b := st.Window()
	fixed := st.Fixed()
	data := make([]byte, 0, 8+len(fixed)+len(a)+len(b))
	data = binary.LittleEndian.AppendUint64(data, uint64(len(fixed)))
	data = append(append(append(data, fixed...), a...), b...)
	return sys.WriteFile(path, data)
}

// load reads what save has written into a zeroed state. A file that is damaged
// or of another version counts as none.
func load(st *loop.State, path string) {
	data, err := os.ReadFile(path)
	if err != nil || len(data) < 8 {
		return
	}
	n := binary.LittleEndian.Uint64(data)
	data = data[8:]
	if n == uint64(loop.FixedSize) && uint64(len(data)) >= n {
		st.Restore(data[:n], data[n:])
	}
}
