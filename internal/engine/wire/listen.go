package wire

import (
	"errors"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// listenPID is the variable that says for which process the sockets of
// LISTEN_FDS are (sd_listen_fds(3)).
const listenPID = "LISTEN_PID="

// ListenPID reports whether the runtime must find its own process number in
// LISTEN_PID: if that is set, and either replace is true or it has the number of
// the monitor, the parent of the runtime. Otherwise the environment is handed on
// as it is.
//
// Nobody can know that number before the fork, and between fork and exec a Go
// program can do nothing. So a monitor that is told true starts a stage of itself
// in the place of the runtime, which has the number already: it puts it into
// its environment with [WithListenPID] and executes the runtime.
//
// A value that does not begin with a number above 0 is an error,
// "Invalid LISTEN_PID …" with its first ten bytes, whatever replace says.
// conmon's runtime process prints it behind "[conmon:e]: ", so it becomes the
// message of a failed create.
func ListenPID(environ []string, monitor int, replace bool) (bool, error) {
	value, ok := lookup(environ, listenPID)
	if !ok {
		return false, nil
	}
	pid, _, err := number(value)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return false, withReason("Invalid LISTEN_PID "+front(value), errRange)
	case pid <= 0:
		return false, withReason("Invalid LISTEN_PID "+front(value), nil)
	}
	return replace || pid == int64(monitor), nil
}

// WithListenPID returns a copy of an environment in which LISTEN_PID is pid, and
// there once.
func WithListenPID(environ []string, pid int) []string {
	return append(sys.Without(environ, []string{strings.TrimSuffix(listenPID, "=")}), listenPID+strconv.Itoa(pid))
}

// lookup returns the value of the first variable that begins with prefix, as
// getenv(3) does.
func lookup(environ []string, prefix string) (value string, ok bool) {
	for _, v := range environ {
		if value, ok := strings.CutPrefix(v, prefix); ok {
			return value, true
		}
	}
	return "", false
}

// front is the %.10s of printf(3).
func front(s string) string { return s[:min(len(s), 10)] }
