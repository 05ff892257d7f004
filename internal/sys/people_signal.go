package sys

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// SignalName is the name of a signal, "SIGKILL", or "signal 34" of one that has
// none, as the real-time signals.
func SignalName(n int) string {
	if name := unix.SignalName(unix.Signal(n)); name != "" {
		return name
	}
	return fmt.Sprintf("signal %d", n)
}
