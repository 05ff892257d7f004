package sys

import (
	"errors"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ReplaceFile gives the file at path new content in one step, by way of one called
// name in the same directory, which is replaced if it is there: a process of that
// pid has not lived to remove it. Its mode is mode, whatever the umask. When it
// fails, nothing new is left. It is not flushed to the disk.
//
// It is one system call for each step, as it is on the way from a container's end
// to its exit file.
func ReplaceFile(path, name string, text []byte, mode fs.FileMode) error {
	temp := filepath.Join(filepath.Dir(path), name)
	if err := writeNew(temp, text, uint32(mode.Perm())); err != nil {
		return err
	}
	if err := unix.Rename(temp, path); err != nil {
		_ = unix.Unlink(temp)
		return &fs.PathError{Op: "rename", Path: path, Err: err}
	}
	return nil
}

// writeNew makes a file that is not there.
func writeNew(path string, text []byte, mode uint32) error {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC
	fd, err := retry1(func() (int, error) { return unix.Open(path, flags, mode) })
	if errors.Is(err, unix.EEXIST) && unix.Unlink(path) == nil {
		fd, err = retry1(func() (int, error) { return unix.Open(path, flags, mode) })
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: path, Err: err}
	}
	n, err := retry1(func() (int, error) { return unix.Write(fd, text) })
	if err == nil && n < len(text) {
		err = unix.ENOSPC
	}
	if err := errors.Join(err, unix.Fchmod(fd, mode), unix.Close(fd)); err != nil {
		_ = unix.Unlink(path)
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}
