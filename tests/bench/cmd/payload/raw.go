package main

import (
	"os"
	"syscall"
	"unsafe"
)

// read and write are read(2) and write(2) of the whole of b; pause never
// returns. A read at the end of file returns 0.

func read(fd int, b []byte) (int, error) {
	for {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		if errno == 0 {
			return int(n), nil
		}
		if errno != syscall.EINTR {
			return 0, os.NewSyscallError("read", errno)
		}
	}
}

func write(fd int, b []byte) error {
	for len(b) > 0 {
		n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
		if errno != 0 && errno != syscall.EINTR {
			return os.NewSyscallError("write", errno)
		}
		if errno == 0 {
			b = b[n:]
		}
	}
	return nil
}

// blockSignals blocks all signals for the calling thread: the Go scheduler sends
// one every 10 ms to a thread that does not come back to it, and every one would
// end a system call.
func blockSignals() {
	const setmask = 2 // SIG_SETMASK
	all := ^uint64(0)
	_, _, _ = syscall.RawSyscall6(syscall.SYS_RT_SIGPROCMASK, setmask, uintptr(unsafe.Pointer(&all)), 0, unsafe.Sizeof(all), 0, 0)
}

func pause() error {
	for {
		_, _, _ = syscall.RawSyscall6(syscall.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// clockMonotonic is CLOCK_MONOTONIC, clock_gettime(2).
const clockMonotonic = 1

// now is the monotonic clock in nanoseconds.
func now() int64 {
	var ts syscall.Timespec
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&ts)), 0)
	return ts.Nano()
}

// until returns at a time of the monotonic clock: the rate of the lines is
// given by the clock, and nothing else.
func until(at int64) {
	const absolute = 1 // TIMER_ABSTIME
	ts := syscall.NsecToTimespec(at)
	for {
		_, _, errno := syscall.RawSyscall6(syscall.SYS_CLOCK_NANOSLEEP, clockMonotonic, absolute, uintptr(unsafe.Pointer(&ts)), 0, 0, 0)
		if errno != syscall.EINTR {
			return
		}
	}
}

// cpu is the CPU time of this process so far in nanoseconds.
func cpu() int64 {
	var ru syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return ru.Utime.Nano() + ru.Stime.Nano()
}

// raw makes a terminal raw in its input and output: bytes pass as they are, at
// once.
func raw(fd int) error {
	var t syscall.Termios
	if err := ioctl(fd, syscall.TCGETS, unsafe.Pointer(&t)); err != nil {
		return err
	}
	t.Iflag &^= syscall.ICRNL | syscall.INLCR | syscall.IGNCR | syscall.IXON
	t.Oflag &^= syscall.OPOST
	t.Lflag &^= syscall.ECHO | syscall.ICANON | syscall.ISIG | syscall.IEXTEN
	t.Cc[syscall.VMIN], t.Cc[syscall.VTIME] = 1, 0
	return ioctl(fd, syscall.TCSETS, unsafe.Pointer(&t))
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
		return os.NewSyscallError("ioctl", errno)
	}
	return nil
}
