package sys

import (
	"runtime"
	"unsafe"

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
//
// os/signal does not reset those that the Go runtime handles itself, as SIGSEGV;
// and of those that dump core another thread may take one only after this one has
// gone on: so the signal is sent to the calling thread.
func DieBy(sig int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	// The kernel's struct sigaction, of at most 32 bytes, with nothing set is
	// SIG_DFL, rt_sigaction(2). That of SIGKILL cannot be set, and need not.
	var none [4]uint64
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&none)), 0, 8, 0, 0)
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.Signal(sig))
}
