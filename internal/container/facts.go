package container

import (
	"context"
	"time"

	"github.com/unitmon/unitmon/unit"
)

// facts reads single properties of units. The first error is kept, and nothing
// is asked after it.
type facts struct {
	ctx context.Context
	m   *unit.Conn
	err error
}

func (f *facts) get(name, iface, property string) any {
	if f.err != nil {
		return nil
	}
	var v any
	v, f.err = f.m.Get(f.ctx, name, iface, property)
	return v
}

// text is a property that is a string.
func (f *facts) text(name, iface, property string) string {
	s, _ := f.get(name, iface, property).(string)
	return s
}

// number is a property of the Service interface that is a number of 32 bits.
func (f *facts) number(name, property string) int {
	switch n := f.get(name, "Service", property).(type) {
	case int32:
		return int(n)
	case uint32:
		return int(n)
	}
	return 0
}

// instant is a time of the Unit interface, zero for never.
func (f *facts) instant(name, property string) time.Time {
	if us, _ := f.get(name, "Unit", property).(uint64); us != 0 {
		return time.UnixMicro(int64(us))
	}
	return time.Time{}
}
