// Package raw is the stub through which internal/loop reaches the kernel.
//
// It knows no errors, no runtime poller and no allocation: a number in, a
// number out. That is what lets the loop run without the Go runtime, where
// this file is the only one that has to be exchanged (an assembly stub of the
// same signature). Everything else in the module uses package sys.
package raw

import "syscall"

// Call makes system call nr and returns its result, or the negative error
// number. The call must not block for longer than a few ms: inside the Go runtime
// the scheduler does not hear of it, which saves the runtime's own work on every
// call, and other goroutines may have to wait.
//
// Pointers are passed as uintptr: the caller keeps the memory alive and in
// place, which memory from mmap always is.
func Call(nr, a1, a2, a3, a4, a5, a6 uintptr) int {
	r, _, e := syscall.RawSyscall6(nr, a1, a2, a3, a4, a5, a6)
	if e != 0 {
		return -int(e)
	}
	return int(r)
}

// Wait is Call for a call that may block; other goroutines go on meanwhile.
func Wait(nr, a1, a2, a3, a4, a5, a6 uintptr) int {
	r, _, e := syscall.Syscall6(nr, a1, a2, a3, a4, a5, a6)
	if e != 0 {
		return -int(e)
	}
	return int(r)
}

// EpollEvent is struct epoll_event; the field Fd holds the caller's tag.
type EpollEvent = syscall.EpollEvent

// System call numbers of the architecture.
const (
	SysAccept4      = syscall.SYS_ACCEPT4
	SysClockGettime = syscall.SYS_CLOCK_GETTIME
	SysClose        = syscall.SYS_CLOSE
	SysConnect      = syscall.SYS_CONNECT
	SysEpollCtl     = syscall.SYS_EPOLL_CTL
	SysEpollPwait   = syscall.SYS_EPOLL_PWAIT
	SysRead         = syscall.SYS_READ
	SysRecvfrom     = syscall.SYS_RECVFROM
	SysSetsockopt   = syscall.SYS_SETSOCKOPT
	SysSendmsg      = syscall.SYS_SENDMSG
	SysSendto       = syscall.SYS_SENDTO
	SysShutdown     = syscall.SYS_SHUTDOWN
	SysSocket       = syscall.SYS_SOCKET
	SysSplice       = syscall.SYS_SPLICE
	SysTee          = syscall.SYS_TEE
)

// Error numbers that the loop branches on, as Call returns them.
const (
	EAGAIN       = -int(syscall.EAGAIN)
	ECONNREFUSED = -int(syscall.ECONNREFUSED)
	EINTR        = -int(syscall.EINTR)
	ENOBUFS      = -int(syscall.ENOBUFS)
	ENOENT       = -int(syscall.ENOENT)
)

// Flags and sizes of the kernel's interface, the same on every Linux.
const (
	EpollIn        = syscall.EPOLLIN
	EpollOut       = syscall.EPOLLOUT
	EpollHup       = syscall.EPOLLHUP
	EpollErr       = syscall.EPOLLERR
	EpollET        = 1 << 31
	EpollOneshot   = 1 << 30
	EpollAdd       = syscall.EPOLL_CTL_ADD
	EpollDel       = syscall.EPOLL_CTL_DEL
	EpollMod       = syscall.EPOLL_CTL_MOD
	MsgDontwait    = syscall.MSG_DONTWAIT
	MsgNosignal    = syscall.MSG_NOSIGNAL
	ShutRdwr       = syscall.SHUT_RDWR
	SockCloexec    = syscall.SOCK_CLOEXEC
	SockNonblock   = syscall.SOCK_NONBLOCK
	AFUnix         = syscall.AF_UNIX
	SockDgram      = syscall.SOCK_DGRAM
	SpliceNonblock = 2
	ClockMonotonic = 1
	SoSndbuf       = syscall.SO_SNDBUF
	SoSndbufforce  = syscall.SO_SNDBUFFORCE
	SolSocket      = syscall.SOL_SOCKET
	ScmRights      = syscall.SCM_RIGHTS
)
