package sys

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ConnectWriteStream connects a stream socket to a path or '@' name and shuts
// its reading half. The file is blocking, as standard output is expected to
// be; connecting blocks while the listener's backlog is full.
func ConnectWriteStream(name string) (*os.File, error) {
	to, err := ParseUnixAddr(name)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, named("socket", err)
	}
	file := os.NewFile(uintptr(fd), name)
	if err := retry(func() error { return unix.Connect(fd, to.sockaddr()) }); err != nil {
		file.Close()
		return nil, fmt.Errorf("socket %s: %w", name, named("connect", err))
	}
	if err := unix.Shutdown(fd, unix.SHUT_RD); err != nil {
		file.Close()
		return nil, fmt.Errorf("socket %s: %w", name, named("shutdown", err))
	}
	return file, nil
}
