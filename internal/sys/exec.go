package sys

import (
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Polled gives a file of the runtime's poller in exchange for f, a pipe or a
// terminal's master, so that Close and deadlines end a Read or Write that waits.
// It sets the open file description to non-blocking mode, for all who share it.
// f is closed also on failure.
func Polled(f *os.File) (*os.File, error) {
	defer func() { _ = f.Close() }()
	fd, err := Dup(f)
	if err != nil {
		return nil, err
	}
	if err := SetNonblock(fd); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// ReadReady reads what a file in non-blocking mode has now; EAGAIN when that is
// nothing, EIO from the master of a terminal that nobody has open any more.
func ReadReady(f *os.File, p []byte) (n int, err error) {
	err = withFD(f, func(fd int) (err error) {
		n, err = ReadNow(fd, p)
		return err
	})
	return n, err
}

// SignalsOfSession are those that a program passes on to the process of an exec
// session that it stands for.
func SignalsOfSession() []os.Signal {
	return []os.Signal{
		unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM,
	}
}

// EBUSY is what a cgroup with processes cannot be removed with.
const EBUSY = unix.EBUSY

// DieAs is DieBy also for signals that the Go runtime handles itself, as SIGSEGV,
// which os/signal does not reset, and for those that dump core, which another
// thread may take only after this one has gone on: the signal is sent to the
// calling thread, so that there is no way back from the call. No core is left.
func DieAs(sig int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
	// The kernel's struct sigaction, of at most 32 bytes, with nothing set is
	// SIG_DFL, rt_sigaction(2). That of SIGKILL cannot be set, and need not.
	var none [4]uint64
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&none)), 0, 8, 0, 0)
	_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.Signal(sig))
}
