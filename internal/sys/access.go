package sys

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// AccessExec asks access(2) whether the process, by its real user and group,
// may execute path. A directory that it may search passes, as it does there.
func AccessExec(path string) error {
	if err := retry(func() error { return unix.Access(path, unix.X_OK) }); err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}

// Getcwd returns the working directory as getcwd(3) does: its path in the
// kernel's words, whatever $PWD says, which os.Getwd prefers. A directory that
// was removed, or is outside the process's root, is ENOENT.
func Getcwd() (string, error) {
	var buf [unix.PathMax]byte
	n, err := retry1(func() (int, error) { return unix.Getcwd(buf[:]) })
	if err == nil && (n < 2 || buf[0] != '/') { // "(unreachable)…"
		err = unix.ENOENT
	}
	if err != nil {
		return "", os.NewSyscallError("getcwd", err)
	}
	return string(buf[:n-1]), nil // without the NUL
}
