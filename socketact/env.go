package socketact

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// firstFD is the number of the first descriptor passed; those that follow
// have the next numbers.
const firstFD = 3

// maxFDs bounds $LISTEN_FDS: as many as a process can have open by Linux's
// default hard limit (fs.nr_open).
const maxFDs = 1 << 20

// UnknownName is the name of a descriptor that came without one.
const UnknownName = "unknown"

// ErrEnviron says that the LISTEN_ variables contradict themselves or the process.
var ErrEnviron = errors.New("invalid socket activation environment")

// environment is what the manager says, as it says it. A variable that is
// not set is "".
type environment struct {
	fds     string // LISTEN_FDS: how many
	pid     string // LISTEN_PID: for whom
	pidfdID string // LISTEN_PIDFDID: the same without reuse (systemd 259)
	names   string // LISTEN_FDNAMES: divided by colons (systemd 227)
}

func variables() []string {
	return []string{"LISTEN_FDS", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES"}
}

func readEnviron() environment {
	return environment{
		fds:     os.Getenv("LISTEN_FDS"),
		pid:     os.Getenv("LISTEN_PID"),
		pidfdID: os.Getenv("LISTEN_PIDFDID"),
		names:   os.Getenv("LISTEN_FDNAMES"),
	}
}

func unsetEnviron() error { return sys.Unsetenv(variables()) }

// CleanEnviron returns a copy of an environment ("NAME=VALUE") without the
// variables of socket activation.
func CleanEnviron(environ []string) []string { return sys.Without(environ, variables()) }

// process is whom the variables must mean.
type process struct {
	pid     int
	pidfdID func() (id uint64, ok bool, err error) // asked only if needed
}

// parse returns the names of the descriptors, in order; none if the variables
// are not set or mean another process.
func (e environment) parse(self process) ([]string, error) {
	if e.pid == "" || e.fds == "" {
		return nil, nil
	}
	mine, err := e.addresses(self)
	if err != nil || !mine {
		return nil, err
	}
	n, err := strconv.ParseUint(e.fds, 10, 31)
	if err != nil || n > maxFDs {
		return nil, fmt.Errorf("%w: LISTEN_FDS=%.100q", ErrEnviron, e.fds)
	}
	if e.names == "" {
		// Also for one descriptor with an empty name.
		names := make([]string, n)
		for i := range names {
			names[i] = UnknownName
		}
		return names, nil
	}
	if uint64(strings.Count(e.names, ":")+1) != n {
		return nil, fmt.Errorf("%w: LISTEN_FDS=%d, LISTEN_FDNAMES=%.200q", ErrEnviron, n, e.names)
	}
	return strings.Split(e.names, ":"), nil
}

// addresses reports whether the variables mean this process. They are
// inherited by children that know nothing of them.
func (e environment) addresses(self process) (bool, error) {
	pid, err := strconv.ParseUint(e.pid, 10, 31)
	if err != nil || pid == 0 {
		return false, fmt.Errorf("%w: LISTEN_PID=%.100q", ErrEnviron, e.pid)
	}
	if int(pid) != self.pid {
		return false, nil
	}
	if e.pidfdID == "" {
		return true, nil
	}
	want, err := strconv.ParseUint(e.pidfdID, 10, 64)
	if err != nil {
		return false, fmt.Errorf("%w: LISTEN_PIDFDID=%.100q", ErrEnviron, e.pidfdID)
	}
	id, ok, err := self.pidfdID()
	if err != nil {
		return false, err
	}
	return !ok || id == want, nil // a kernel without such numbers cannot tell
}
