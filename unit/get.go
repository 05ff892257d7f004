package unit

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Get returns one property of a unit's interface, "Unit" or "Service" …, as
// Properties does all of them. The manager loads the unit if it is not: one that
// has no file has the LoadState "not-found". Calls from several goroutines are on
// their way at the same time.
func (c *Conn) Get(ctx context.Context, name, iface, property string) (any, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	var v dbus.Variant
	if err := c.read(ctx, unitPath(name), callGet, []any{ifaceFor(iface), property}, &v); err != nil {
		return nil, fmt.Errorf("property %s of %s: %w", property, name, err)
	}
	return v.Value(), nil
}
