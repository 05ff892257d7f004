package sys

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Halt suspends the process for good: only a signal that kills ends it.
func Halt() {
	for {
		_ = unix.Pause() // it returns only after a signal, with EINTR
	}
}

// DieBy ends the process by signal sig with its default action, so that the
// parent sees the same death as that of the process it stands for. It leaves no
// core file. If the signal does not kill, DieBy returns.
func DieBy(sig int) {
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	signal.Reset(syscall.Signal(sig))
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		_ = p.Signal(syscall.Signal(sig))
	}
	_ = unix.Kill(unix.Getpid(), unix.Signal(sig))
}
