package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// CreateMemfd makes an empty memory file that can be sealed. The name is only
// for /proc; it may have 249 bytes.
func CreateMemfd(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, named("memfd_create", err)
	}
	return os.NewFile(uintptr(fd), "memfd:"+name), nil
}

// SealMemfd makes the content final: no writing, no change of size, no
// further seals. These four seals and no others are what a journald of
// systemd 252 takes for sealed.
func SealMemfd(f *os.File) error {
	return withFD(f, func(fd int) error {
		_, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS,
			unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_WRITE|unix.F_SEAL_SEAL)
		return named("fcntl F_ADD_SEALS", err)
	})
}

// SealedMemfd makes a memory file with this content, sealed.
func SealedMemfd(name string, content []byte) (*os.File, error) {
	f, err := CreateMemfd(name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(content); err != nil {
		f.Close()
		return nil, err
	}
	if err := SealMemfd(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
