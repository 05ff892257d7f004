package notify

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Value is a value that may be absent.
type Value[T any] struct {
	V   T
	Set bool
}

// State is what a message says. Where a name comes twice, the first counts,
// as for systemd.
type State struct {
	Ready     bool
	Reloading bool
	Stopping  bool
	Watchdog  bool // WATCHDOG=1
	Barrier   bool // the Barrier's only file must be closed when all is done

	Status        Value[string]
	Errno         Value[int]
	ExitStatus    Value[int]
	MainPID       int           // as the sender sees it; 0 if absent
	ExtendTimeout time.Duration // 0 if absent

	FDStore  bool
	FDRemove bool
	FDName   string
	FDNoPoll bool // FDPOLL=0

	// Lines are all lines of the message that are not empty, in order, also
	// those that have no field here: what a relay passes on.
	Lines []string
}

// Parse reads a message. Like systemd it leaves out what it does not
// understand: unknown names are only in Lines, and a known name with a bad
// value is left out and reported by an error that wraps ErrMessage, together
// with the State of the rest. A message that is too long, empty, or has a
// NUL before its end yields an error and nothing else.
func Parse(datagram []byte) (State, error) {
	var s State
	text := bytes.TrimSuffix(datagram, []byte{0})
	if len(text) == 0 || len(datagram) > MaxMessage || bytes.IndexByte(text, 0) >= 0 {
		return s, fmt.Errorf("%w: %d bytes", ErrMessage, len(datagram))
	}
	var err error
	seen := map[string]bool{}
	for line := range strings.SplitSeq(string(text), "\n") {
		if line == "" {
			continue
		}
		s.Lines = append(s.Lines, line)
		name, value, _ := strings.Cut(line, "=")
		if seen[name] {
			continue
		}
		seen[name] = true
		if !s.set(name, value) {
			err = errors.Join(err, fmt.Errorf("%w: %.100q", ErrMessage, line))
		}
	}
	return s, err
}

// set takes one assignment, and reports whether its value is good.
func (s *State) set(name, value string) bool {
	switch name {
	case "READY":
		return flag(&s.Ready, value)
	case "RELOADING":
		return flag(&s.Reloading, value)
	case "STOPPING":
		return flag(&s.Stopping, value)
	case "BARRIER":
		return flag(&s.Barrier, value)
	case "FDSTORE":
		return flag(&s.FDStore, value)
	case "FDSTOREREMOVE":
		return flag(&s.FDRemove, value)
	case "WATCHDOG":
		s.Watchdog = value == "1"
		return s.Watchdog || value == "trigger"
	case "FDPOLL":
		s.FDNoPoll = value == "0"
		return s.FDNoPoll || value == "1"
	case "STATUS":
		s.Status = Value[string]{value, true}
	case "FDNAME":
		if !validFDName(value) {
			return false
		}
		s.FDName = value
	default:
		return s.setNumber(name, value)
	}
	return true
}

// setNumber is set for the names whose value is a number, and for unknown
// names, which are always good.
func (s *State) setNumber(name, value string) bool {
	bits := map[string]int{
		"MAINPID":             31,
		"ERRNO":               31,
		"EXIT_STATUS":         8,
		"EXTEND_TIMEOUT_USEC": 53, // no overflow in nanoseconds
	}[name]
	if bits == 0 {
		return true
	}
	n, err := strconv.ParseUint(value, 10, bits)
	if err != nil || n == 0 && name == "MAINPID" {
		return false
	}
	switch name {
	case "MAINPID":
		s.MainPID = int(n)
	case "ERRNO":
		s.Errno = Value[int]{int(n), true}
	case "EXIT_STATUS":
		s.ExitStatus = Value[int]{int(n), true}
	case "EXTEND_TIMEOUT_USEC":
		s.ExtendTimeout = time.Duration(n) * time.Microsecond
	}
	return true
}

// flag sets a state that knows only the value 1.
func flag(field *bool, value string) bool {
	*field = value == "1"
	return *field
}
