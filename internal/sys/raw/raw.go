// Package raw is the stub through which internal/loop reaches the kernel.
//
// It knows no errors, no runtime poller and no allocation: a number in, a
// number out. That is what lets the loop run without the Go runtime, where
// this file is the only one that has to be exchanged (an assembly stub of the
// same signature). Everything else in the module uses package sys.
package raw

import (
	"syscall"

	"golang.org/x/sys/unix"
)

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
	SysAccept4      = unix.SYS_ACCEPT4
	SysClockGettime = unix.SYS_CLOCK_GETTIME
	SysClose        = unix.SYS_CLOSE
	SysConnect      = unix.SYS_CONNECT
	SysEpollCtl     = unix.SYS_EPOLL_CTL
	SysEpollPwait2  = unix.SYS_EPOLL_PWAIT2
	SysFaccessat    = unix.SYS_FACCESSAT
	SysFchmod       = unix.SYS_FCHMOD
	SysFcntl        = unix.SYS_FCNTL
	SysFsync        = unix.SYS_FSYNC
	SysFtruncate    = unix.SYS_FTRUNCATE
	SysGetsockopt   = unix.SYS_GETSOCKOPT
	SysIoctl        = unix.SYS_IOCTL
	SysLseek        = unix.SYS_LSEEK
	SysMadvise      = unix.SYS_MADVISE
	SysOpenat       = unix.SYS_OPENAT
	SysPpoll        = unix.SYS_PPOLL
	SysRead         = unix.SYS_READ
	SysRecvfrom     = unix.SYS_RECVFROM
	SysRecvmsg      = unix.SYS_RECVMSG
	SysRenameat     = unix.SYS_RENAMEAT
	SysSetsockopt   = unix.SYS_SETSOCKOPT
	SysSendmmsg     = unix.SYS_SENDMMSG
	SysSendmsg      = unix.SYS_SENDMSG
	SysSendto       = unix.SYS_SENDTO
	SysShutdown     = unix.SYS_SHUTDOWN
	SysSocket       = unix.SYS_SOCKET
	SysSplice       = unix.SYS_SPLICE
	SysTee          = unix.SYS_TEE
	SysUnlinkat     = unix.SYS_UNLINKAT
	SysWrite        = unix.SYS_WRITE
)

// Error numbers that the loop branches on or names, as Call returns them.
const (
	EACCES       = -int(unix.EACCES)
	EAGAIN       = -int(unix.EAGAIN)
	ECONNREFUSED = -int(unix.ECONNREFUSED)
	ECONNRESET   = -int(unix.ECONNRESET)
	EDQUOT       = -int(unix.EDQUOT)
	EEXIST       = -int(unix.EEXIST)
	EINTR        = -int(unix.EINTR)
	EIO          = -int(unix.EIO)
	ENOENT       = -int(unix.ENOENT)
	ENOSPC       = -int(unix.ENOSPC)
	EROFS        = -int(unix.EROFS)
)

// Flags and sizes of the kernel's interface.
const (
	AFUnix         = unix.AF_UNIX
	AtFdcwd        = unix.AT_FDCWD
	ClockMonotonic = unix.CLOCK_MONOTONIC
	ClockRealtime  = unix.CLOCK_REALTIME
	EpollIn        = unix.EPOLLIN
	EpollOut       = unix.EPOLLOUT
	EpollHup       = unix.EPOLLHUP
	EpollRdhup     = unix.EPOLLRDHUP
	EpollErr       = unix.EPOLLERR
	EpollET        = 1 << 31
	EpollOneshot   = unix.EPOLLONESHOT
	EpollAdd       = unix.EPOLL_CTL_ADD
	EpollDel       = unix.EPOLL_CTL_DEL
	EpollMod       = unix.EPOLL_CTL_MOD
	FGetfl         = unix.F_GETFL
	FSetfl         = unix.F_SETFL
	FGetpipeSz     = unix.F_GETPIPE_SZ
	FSetpipeSz     = unix.F_SETPIPE_SZ
	Fionread       = unix.TIOCINQ
	MadvDontneed   = unix.MADV_DONTNEED
	MadvRemove     = unix.MADV_REMOVE
	MsgCmsgCloexec = unix.MSG_CMSG_CLOEXEC
	MsgDontwait    = unix.MSG_DONTWAIT
	MsgNosignal    = unix.MSG_NOSIGNAL
	MsgPeek        = unix.MSG_PEEK
	MsgTrunc       = unix.MSG_TRUNC
	OAppend        = unix.O_APPEND
	OCloexec       = unix.O_CLOEXEC
	OCreat         = unix.O_CREAT
	OExcl          = unix.O_EXCL
	ONonblock      = unix.O_NONBLOCK
	OWronly        = unix.O_WRONLY
	ScmRights      = unix.SCM_RIGHTS
	SeekEnd        = 2
	ShutRdwr       = unix.SHUT_RDWR
	SockCloexec    = unix.SOCK_CLOEXEC
	SockDgram      = unix.SOCK_DGRAM
	SockNonblock   = unix.SOCK_NONBLOCK
	SolSocket      = unix.SOL_SOCKET
	Siocoutq       = unix.TIOCOUTQ
	SoError        = unix.SO_ERROR
	SoSndbuf       = unix.SO_SNDBUF
	SockStream     = unix.SOCK_STREAM
	SoSndbufforce  = unix.SO_SNDBUFFORCE
	SpliceNonblock = unix.SPLICE_F_NONBLOCK
	Tiocswinsz     = unix.TIOCSWINSZ
)
