package socketact

import (
	"fmt"
	"os"

	"github.com/unitmon/unitmon/internal/sys"
)

// Take returns the files that the manager passed to this process, and unsets
// $LISTEN_FDS, $LISTEN_PID, $LISTEN_PIDFDID and $LISTEN_FDNAMES, so that
// neither a child nor a second call takes them too. Every file is made
// close-on-exec; whether it blocks is left as it is. If the variables are
// absent or name another process, the Set is empty and there is no error.
//
// ErrEnviron means that the variables are malformed or promise descriptors
// that are not open. No descriptor is touched then.
func Take() (*Set, error) {
	env := readEnviron()
	if err := unsetEnviron(); err != nil {
		return nil, err
	}
	names, err := env.parse(process{os.Getpid(), sys.OwnPidfdID})
	if err != nil {
		return nil, err
	}
	files, err := sys.Inherit(firstFD, names)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnviron, err)
	}
	set := new(Set)
	for i, file := range files {
		set.entries = append(set.entries, Entry{names[i], file})
	}
	return set, nil
}
