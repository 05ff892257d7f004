package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
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
	found bool // there is one of an earlier process
	stash [2]int
}

// takeMemory finds what an earlier process has left: in the manager's store, if
// that one was killed or is replaced, else in a file, if it left when nothing
// moved or was stopped. What is new is given to the store before anything moves.
func takeMemory(set *socketact.Set, dir container.Dir, manager *notify.Socket) (*memory, error) {
	file, stored, err := takeOrMake(set, stateName, manager, func() (*os.File, error) {
		return sys.SharedMemory("unitmon-relay", int64(loop.StateSize))
	})
	if err != nil {
		return nil, err
	}
	mem, err := sys.MapShared(file, int64(loop.StateSize))
	if err != nil {
		return nil, err
	}
	m := &memory{state: (*loop.State)(unsafe.Pointer(unsafe.SliceData(mem)))}
	m.found = stored
	if !stored {
		m.found = load(m.state, dir.RelayState())
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
	if err := errors.Join(file.Close(), os.Remove(dir.RelayState())); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return m, nil
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
func load(st *loop.State, path string) bool {
	data, err := os.ReadFile(path)
	if err != nil || len(data) < 8 {
		return false
	}
	n := binary.LittleEndian.Uint64(data)
	data = data[8:]
	if n != uint64(loop.FixedSize) || uint64(len(data)) < n {
		return false
	}
	return st.Restore(data[:n], data[n:])
}
