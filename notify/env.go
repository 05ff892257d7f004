package notify

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/unitmon/unitmon/internal/sys"
)

// variables are what a manager sets for the service itself and a child must
// not see: it would speak in the service's name.
func variables() []string {
	return []string{"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "FDSTORE"}
}

// UnsetEnv removes $NOTIFY_SOCKET, $WATCHDOG_PID, $WATCHDOG_USEC and $FDSTORE
// from this process's environment, for the sake of its children.
func UnsetEnv() error { return sys.Unsetenv(variables()) }

// CleanEnviron returns a copy of an environment ("NAME=VALUE") without the
// variables that UnsetEnv removes.
func CleanEnviron(environ []string) []string { return sys.Without(environ, variables()) }

// WatchdogInterval returns within what time the manager wants to see the next
// Watchdog (half of it is a good interval), or 0 if it does not watch this
// process; see sd_watchdog_enabled(3).
func WatchdogInterval() (time.Duration, error) {
	return watchdogInterval(os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID"), os.Getpid())
}

func watchdogInterval(usec, pid string, self int) (time.Duration, error) {
	if usec == "" {
		return 0, nil
	}
	const maxUsec = uint64(1<<63-1) / uint64(time.Microsecond)
	n, err := strconv.ParseUint(usec, 10, 64)
	if err == nil && (n == 0 || n > maxUsec) {
		err = strconv.ErrRange
	}
	if err != nil {
		return 0, fmt.Errorf("WATCHDOG_USEC=%q: %w", usec, err)
	}
	if pid != "" {
		p, err := strconv.ParseUint(pid, 10, 31)
		if err != nil {
			return 0, fmt.Errorf("WATCHDOG_PID=%q: %w", pid, err)
		}
		if int(p) != self {
			return 0, nil
		}
	}
	return time.Duration(n) * time.Microsecond, nil
}
