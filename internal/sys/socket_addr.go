package sys

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// UnixAddr is the address of an AF_UNIX socket in the kernel's form, made
// once so that sending to it needs no conversion. It is never changed.
type UnixAddr struct {
	raw  unix.RawSockaddrUnix
	size uint32
	name string
}

// ParseUnixAddr reads an absolute path of at most 107 bytes, or '@' and an
// abstract name of at most 107 bytes, as in unix(7) and sd_notify(3).
func ParseUnixAddr(name string) (*UnixAddr, error) {
	a := &UnixAddr{name: name}
	abstract := strings.HasPrefix(name, "@")
	switch {
	case strings.IndexByte(name, 0) >= 0, len(name) < 2, !abstract && name[0] != '/':
		return nil, fmt.Errorf("socket address %q: %w", name, unix.EINVAL)
	case !abstract && len(name) >= len(a.raw.Path), len(name) > len(a.raw.Path):
		return nil, fmt.Errorf("socket address %q: %w", name, unix.ENAMETOOLONG)
	}
	a.raw.Family = unix.AF_UNIX
	for i := range len(name) {
		a.raw.Path[i] = int8(name[i])
	}
	a.size = uint32(2 + len(name)) // the family, then the name
	if abstract {
		a.raw.Path[0] = 0
	} else {
		a.size++ // a path is ended by NUL
	}
	return a, nil
}

// String returns the name as it was given to ParseUnixAddr.
func (a *UnixAddr) String() string { return a.name }

// Dir returns the directory of a path, and "" for an abstract address.
func (a *UnixAddr) Dir() string {
	if a.name[0] == '@' {
		return ""
	}
	return a.name[:max(1, strings.LastIndexByte(a.name, '/'))]
}

// sockaddr is a copy for calls of x/sys, which write to their argument.
func (a *UnixAddr) sockaddr() *unix.SockaddrUnix { return &unix.SockaddrUnix{Name: a.name} }
