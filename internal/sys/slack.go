package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// SetTimerSlack has the kernel wake the calling thread from sleeps by up to d
// later than asked for, PR_SET_TIMERSLACK of prctl(2). Threads and processes that
// it starts inherit that, also by execve(2). The kernel's default is
// DefaultTimerSlack.
func SetTimerSlack(d time.Duration) error {
	return named("prctl(PR_SET_TIMERSLACK)", unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(d.Nanoseconds()), 0, 0, 0))
}

// DefaultTimerSlack is that of processes for which nobody has set another.
const DefaultTimerSlack = 50 * time.Microsecond
