package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"

	"github.com/unitmon/unitmon/internal/container"
	"github.com/unitmon/unitmon/internal/loop"
	"github.com/unitmon/unitmon/internal/sys"
	"github.com/unitmon/unitmon/notify"
	"github.com/unitmon/unitmon/socketact"
)

// Names in the file descriptor store, beside those of package loop.
const stateName = "state"

// stashName is the name of the pipe through which a stream's bytes leave.
func stashName(i int) string { return fmt.Sprint("stash-", i) }

// memory is the loop's state and what belongs to it.
type memory struct {
	state *loop.State
	stash [2]int
}

// takeMemory finds what an earlier process has left: in the manager's store, if
// that one was killed or is replaced, else in a file, if it left when nothing
// moved or was stopped. What is new is given to the store before anything moves,
// and complete.
func takeMemory(set *socketact.Set, dir container.Dir, manager *notify.Socket) (*memory, error) {
	m := new(memory)
	file, stored, err := takeOrMake(set, stateName, manager, func() (*os.File, error) {
		f, err := sys.SharedMemory("unitmon-relay", int64(loop.StateSize))
		if err != nil {
			return nil, err
		}
		if err := m.use(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		load(m.state, dir.RelayState())
		return f, nil
	})
	if err == nil && stored {
		err = m.use(file)
	}
	if err != nil {
		return nil, err
	}
	for i := range m.stash {
		f, _, err := takeOrMake(set, stashName(i), manager, sys.DuplexPipe)
		if err != nil {
			return nil, err
		}
		if m.stash[i], err = disown(f); err != nil {
			return nil, err
		}
	}
	return m, errors.Join(file.Close(), forget(dir.RelayState(), manager))
}

// forget removes the file of an earlier process, when what was in it is surely
// in the manager's store.
func forget(path string, manager *notify.Socket) error {
	if _, err := os.Lstat(path); err != nil {
		return gone(err)
	}
	return errors.Join(manager.Barrier(context.Background()), gone(os.Remove(path)))
}

// use maps the state.
func (m *memory) use(f *os.File) error {
	mem, err := sys.MapShared(f, int64(loop.StateSize))
	if err == nil {
		m.state = (*loop.State)(unsafe.Pointer(unsafe.SliceData(mem)))
	}
	return err
}

// takeOrMake takes the descriptor of that name out of the set, or makes one and
// stores it.
func takeOrMake(set *socketact.Set, name string, manager *notify.Socket, create func() (*os.File, error)) (f *os.File, stored bool, err error) {
	if list := set.Named(name).Rest(); len(list) > 0 {
		for _, e := range list[1:] {
			err = errors.Join(err, e.File.Close())
		}
		return list[0].File, true, err
	}
	if f, err = create(); err != nil {
		return nil, false, err
	}
	if err := manager.Store(name, false, f); err != nil {
		return nil, false, errors.Join(err, f.Close())
	}
	return f, false, nil
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
