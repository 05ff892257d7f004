package sys

import (
	"io/fs"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Spawn is a program to be executed in a new process.
type Spawn struct {
	Path string // no search in $PATH
	Args []string
	Env  []string
	// Stdio are the descriptors that become 0, 1 and 2. Every other one that is
	// not close-on-exec reaches the program under its own number.
	Stdio [3]int
	// Held are more of them, for which that is not so.
	Held []Held
	// DieWithParent has the kernel kill the process when the thread that
	// starts it ends, PR_SET_PDEATHSIG of prctl(2): the caller must have it
	// locked.
	DieWithParent bool
}

// Start executes the program and returns its process ID. What it inherits of
// signal actions and the mask is the caller's, with handlers reset (execve(2)).
func (s Spawn) Start() (pid int, err error) {
	attr := &syscall.ProcAttr{
		Env:   s.Env,
		Files: s.files(),
		Sys:   &syscall.SysProcAttr{},
	}
	if s.DieWithParent {
		attr.Sys.Pdeathsig = syscall.SIGKILL
	}
	pid, err = syscall.ForkExec(s.Path, s.Args, attr)
	if err != nil {
		return 0, &fs.PathError{Op: "exec", Path: s.Path, Err: err}
	}
	return pid, nil
}

// files are the descriptors by their number in the new process.
func (s Spawn) files() []uintptr {
	files := []uintptr{uintptr(s.Stdio[0]), uintptr(s.Stdio[1]), uintptr(s.Stdio[2])}
	for _, h := range s.Held {
		for len(files) <= h.Number {
			files = append(files, ^uintptr(0)) // none
		}
		files[h.Number] = uintptr(h.FD)
	}
	return files
}

// Exec replaces the program of this process; it returns only on failure.
func Exec(path string, args, env []string) error {
	return &fs.PathError{Op: "exec", Path: path, Err: unix.Exec(path, args, env)}
}

// ReapNow takes the status of a child that has ended, -1 for any. It does not
// wait: without one the pid is 0. The error is ECHILD without such a child.
func ReapNow(pid int) (int, WaitStatus, error) {
	var status unix.WaitStatus
	got, err := retry1(func() (int, error) { return unix.Wait4(pid, &status, unix.WNOHANG, nil) })
	return got, status, named("wait4", err)
}

// Reap waits for a child and takes its status.
func Reap(pid int) (WaitStatus, error) {
	var status unix.WaitStatus
	_, err := retry1(func() (int, error) { return unix.Wait4(pid, &status, 0, nil) })
	return status, named("wait4", err)
}

// Kill sends a signal to a process, or to a group if pid is negative.
func Kill(pid, sig int) error { return named("kill", unix.Kill(pid, unix.Signal(sig))) }

// ProcessGroup is the process group of a process.
func ProcessGroup(pid int) (int, error) {
	group, err := unix.Getpgid(pid)
	return group, named("getpgid", err)
}

// SetSubreaper makes this process the parent of its orphaned descendants, or
// not, PR_SET_CHILD_SUBREAPER of prctl(2).
func SetSubreaper(on bool) error {
	v := uintptr(0)
	if on {
		v = 1
	}
	return named("prctl(PR_SET_CHILD_SUBREAPER)", unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, v, 0, 0, 0))
}

// SetName sets the name of the calling thread, which is that of the process if
// it is the first one: at most 15 bytes, PR_SET_NAME of prctl(2).
func SetName(name string) error {
	p, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	return named("prctl(PR_SET_NAME)", prctlPointer(unix.PR_SET_NAME, p))
}

// Setsid begins a new session, setsid(2).
func Setsid() error {
	_, err := unix.Setsid()
	return named("setsid", err)
}

// Umask sets the mask of file modes.
func Umask(mask int) { unix.Umask(mask) }

// SilenceStdio puts /dev/null in the place of descriptors 0, 1 and 2.
func SilenceStdio() error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = null.Close() }()
	for fd := range 3 {
		if err := named("dup3", unix.Dup3(int(null.Fd()), fd, 0)); err != nil {
			return err
		}
	}
	return nil
}

// KeepOnExec makes a descriptor survive execve(2).
func KeepOnExec(fd int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
	return named("fcntl(F_SETFD)", err)
}

// prctlPointer is prctl(2) for an option with a pointer.
func prctlPointer(option int, p *byte) error {
	_, _, e := unix.RawSyscall(unix.SYS_PRCTL, uintptr(option), uintptr(unsafe.Pointer(p)), 0)
	if e != 0 {
		return e
	}
	return nil
}

// Held is a descriptor that a program is to have under a number of its own.
type Held struct {
	Number int // from 3
	FD     int
}
