package sys

import (
	"errors"

	"golang.org/x/sys/unix"
)

// limitCount is how many resource limits there are, RLIM_NLIMITS of
// asm-generic/resource.h.
const limitCount = 16

// Limits are the resource limits of a process, getrlimit(2), by their number.
// That of open descriptors is not among them: the Go runtime changes its own.
type Limits [limitCount]unix.Rlimit

// LimitsOf reads a process's limits, prlimit(2), which takes the right to trace
// it.
func LimitsOf(pid int) (Limits, error) {
	var l Limits
	for i := range l {
		if err := unix.Prlimit(pid, i, nil, &l[i]); err != nil {
			return l, named("prlimit", err)
		}
	}
	return l, nil
}

// Set gives this process the limits, and so those that it starts. To raise one
// takes CAP_SYS_RESOURCE; one that cannot be set stays, and the others are set.
func (l Limits) Set() error {
	var failed error
	for i := range l {
		if i == unix.RLIMIT_NOFILE {
			continue
		}
		if err := unix.Prlimit(0, i, &l[i], nil); err != nil {
			failed = errors.Join(failed, named("prlimit", err))
		}
	}
	return failed
}
