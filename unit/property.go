package unit

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/godbus/dbus/v5"
)

// Property is one setting of a unit by its D-Bus name, which is the unit
// file's but for times (TimeoutStopUSec) and a few others; ParseProperty knows
// them. The Go type of Value decides the D-Bus type:
//
//	string            s        bool           b
//	int32             i        uint32         u
//	int64             x        uint64         t
//	[]string          as       [][]byte       aay
//	[]uint32          au       []byte         ay
//	time.Duration     t, in microseconds; Infinity is the manager's
//	[]Exec            a(sasb)
//	[]Listen          a(ss)
//	*os.File          h; []*os.File is ah
//	dbus.Variant      as it is
//
// A file stays the caller's and must stay open until the call returns; the
// manager gets a duplicate.
type Property struct {
	Name  string
	Value any
}

// Infinity is the time span that never ends, as in TimeoutStartUSec=infinity.
const Infinity = time.Duration(math.MaxInt64)

// Exec is one command line of an Exec…= setting. Path must be absolute; Args
// includes argument 0. IgnoreFailure is the "-" of the unit file.
type Exec struct {
	Path          string
	Args          []string
	IgnoreFailure bool
}

// Listen is one address of a socket unit: Type is the setting's name without
// "Listen" (Stream, Datagram, SequentialPacket, FIFO …), Path its value.
type Listen struct{ Type, Path string }

// wireProperty is a property as the manager takes it, (sv).
type wireProperty struct {
	Name  string
	Value dbus.Variant
}

func encodeAll(props []Property) ([]wireProperty, error) {
	wire := make([]wireProperty, len(props))
	for i, p := range props {
		v, err := encode(p.Value)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", p.Name, err)
		}
		wire[i] = wireProperty{p.Name, v}
	}
	return wire, nil
}

// encode returns a value in its D-Bus type. The cases are spelt out so that a
// Go type that D-Bus happens to have, but the manager never takes, is an error
// here.
func encode(value any) (dbus.Variant, error) {
	switch v := value.(type) {
	case dbus.Variant:
		return v, nil
	case string, bool, int32, uint32, int64, uint64, []string, [][]byte, []uint32, []byte, []Exec, []Listen:
		return dbus.MakeVariant(v), nil
	case time.Duration:
		return encodeSpan(v)
	case *os.File:
		fds, err := descriptors([]*os.File{v})
		if err != nil {
			return dbus.Variant{}, err
		}
		return dbus.MakeVariant(fds[0]), nil
	case []*os.File:
		fds, err := descriptors(v)
		return dbus.MakeVariant(fds), err
	}
	return dbus.Variant{}, fmt.Errorf("values of type %T have no D-Bus type here", value)
}

func encodeSpan(d time.Duration) (dbus.Variant, error) {
	if d < 0 {
		return dbus.Variant{}, fmt.Errorf("negative time span %v", d)
	}
	if d == Infinity {
		return dbus.MakeVariant(uint64(math.MaxUint64)), nil
	}
	return dbus.MakeVariant(uint64(d / time.Microsecond)), nil
}

// descriptors returns the numbers of open files, which keepAlive keeps open.
// File.Fd is not used: it would make the files blocking.
func descriptors(files []*os.File) ([]dbus.UnixFD, error) {
	fds := make([]dbus.UnixFD, len(files))
	for i, f := range files {
		rc, err := f.SyscallConn()
		if err != nil {
			return nil, err
		}
		if err := rc.Control(func(fd uintptr) { fds[i] = dbus.UnixFD(fd) }); err != nil {
			return nil, err
		}
	}
	return fds, nil
}

// keepAlive keeps the files in specs from being collected, and so closed,
// before this point.
func keepAlive(specs []Spec) { runtime.KeepAlive(specs) }
