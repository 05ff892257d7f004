package sys

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// StopSelf suspends the whole process until it gets SIGCONT or SIGKILL.
func StopSelf() { _ = unix.Kill(unix.Getpid(), unix.SIGSTOP) }

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
