package sys

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// WaitStatus is a process's end as wait(2) encodes it.
type WaitStatus = unix.WaitStatus

// What PidfdInfo holds: bits of its Mask, PIDFD_INFO_* in <linux/pidfd.h>.
const (
	PidfdInfoPID      = 1 << 0
	PidfdInfoCreds    = 1 << 1
	PidfdInfoCgroupID = 1 << 2
	PidfdInfoExit     = 1 << 3 // Linux 6.15
)

// PidfdInfo is what the kernel tells about a process by its pidfd: the first
// version, 64 bytes, of struct pidfd_info, whose layout is fixed. The fields
// are those that Mask names.
type PidfdInfo struct {
	Mask                     uint64
	CgroupID                 uint64
	PID, TGID, PPID          uint32 // 0 when not visible in the caller's pid namespace
	RUID, RGID, EUID, EGID   uint32
	SUID, SGID, FSUID, FSGID uint32
	rawStatus                int32
}

// pidfdGetInfo is PIDFD_GET_INFO, _IOWR(0xFF, 11, 64 bytes). A larger number
// would make an older kernel answer, and fill, only what it knows; a smaller
// one is refused.
const pidfdGetInfo = 0xC040FF0B

// ExitStatus returns how the process ended. It is false while the process
// lives, while it is a zombie that its parent has not reaped, and on kernels
// before 6.15: the status is then unknown, not 0.
func (i *PidfdInfo) ExitStatus() (WaitStatus, bool) {
	return WaitStatus(uint32(i.rawStatus)), i.Mask&PidfdInfoExit != 0
}

// Tells reports whether the kernel can tell how a process ends that is no child,
// once its parent has reaped it: whether Info works. ESRCH counts as yes: for a
// moment the kernel also says so of a process that is just being reaped (seen with
// Linux 6.18, once in some hundred exits), and one that is gone for good has a
// hang-up on its handle, since Linux 6.9, so that nobody waits for it in vain.
func (p *Pidfd) Tells() bool {
	_, err := p.Info()
	return err == nil || IsErrno(err, ESRCH)
}

// ErrUntold is wrapped when the kernel does not tell how a process has ended that
// was no child.
var ErrUntold = errors.New("this needs Linux 6.15")

// ReapedStatus returns how the process, which has ended, did so, as soon as its
// parent has taken its status. The error wraps ErrUntold, or that of ctx.
func (p *Pidfd) ReapedStatus(ctx context.Context) (WaitStatus, error) {
	info, err := p.Info()
	if status, known := info.ExitStatus(); known {
		return status, nil
	}
	if err != nil && !IsErrno(err, ESRCH) { // see Tells
		return 0, fmt.Errorf("%w: %w", ErrUntold, err)
	}
	if err := p.WaitReaped(ctx); err != nil {
		return 0, err
	}
	if info, err = p.Info(); err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUntold, err)
	}
	status, known := info.ExitStatus()
	if !known {
		return 0, ErrUntold
	}
	return status, nil
}

// Info asks the kernel about the process. It needs no right over it and works
// for a process that is not a child and has been reaped. The errors: ENOTTY or
// EINVAL before Linux 6.13, ESRCH for a reaped process before 6.15, EREMOTE
// from a pid namespace that does not contain it.
func (p *Pidfd) Info() (PidfdInfo, error) {
	info := PidfdInfo{Mask: PidfdInfoPID | PidfdInfoCreds | PidfdInfoCgroupID | PidfdInfoExit}
	err := p.control(func(fd int) error {
		return named("ioctl(PIDFD_GET_INFO)", retry(func() error {
			_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), pidfdGetInfo, uintptr(unsafe.Pointer(&info)))
			if e != 0 {
				return e
			}
			return nil
		}))
	})
	if err != nil {
		return PidfdInfo{}, err
	}
	return info, nil
}
