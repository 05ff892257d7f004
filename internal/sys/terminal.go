package sys

import "golang.org/x/sys/unix"

// Signals of terminals and job control.
const (
	SIGCONT  = unix.SIGCONT
	SIGTSTP  = unix.SIGTSTP
	SIGWINCH = unix.SIGWINCH
)

// Background reports whether the terminal tty controls this process and
// another process group is in its foreground: to set the terminal's mode would
// then stop this process (SIGTTOU, termios(3)), and disturb the other.
func Background(tty int) bool {
	group, err := unix.IoctlGetUint32(tty, unix.TIOCGPGRP)
	return err == nil && int(group) != unix.Getpgrp()
}

// StopSelf stops this process, as SIGTSTP does by default, and returns when it
// goes on.
func StopSelf() error { return named("kill", unix.Kill(unix.Getpid(), unix.SIGSTOP)) }
