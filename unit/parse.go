package unit

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/unitmon/unitmon/unit/internal/setting"
)

// ParseProperty reads KEY=VALUE, as in a unit file or after systemd-run -p,
// for a "service", "socket" or "scope" unit, and returns the properties it
// stands for, in order. Any setting the manager's version has can be given
// whose D-Bus type can be written on one line; an empty value resets lists.
// The error names the property and the reason. The manager has the last word,
// when the properties are used.
//
// Specifiers ("%n") are not expanded: what comes over the bus is literal.
func (c *Conn) ParseProperty(ctx context.Context, kind, assignment string) ([]Property, error) {
	key, value, ok := strings.Cut(assignment, "=")
	if !ok || key == "" {
		return nil, fmt.Errorf("property %q: not KEY=VALUE", assignment)
	}
	types, err := c.types.of(ctx, c, kind)
	if err != nil {
		return nil, err
	}
	set, err := setting.Parse(types, key, value)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, kind)
	}
	props := make([]Property, len(set))
	for i, a := range set {
		props[i] = Property{a.Name, dbus.MakeVariant(a.Value)}
	}
	return props, nil
}

// ParseTimeSpan reads a time span as unit files have it, such as "1min 30s",
// "90" (seconds) or "infinity" (Infinity); see systemd.time(7). What is shorter
// than a microsecond is cut off, and what is longer than a Duration can be is
// an error.
func ParseTimeSpan(s string) (time.Duration, error) {
	us, err := setting.ParseSpan(s)
	switch {
	case err != nil:
		return 0, err
	case us == math.MaxUint64:
		return Infinity, nil
	case us > math.MaxInt64/uint64(time.Microsecond):
		return 0, fmt.Errorf("time span %q is too long", s)
	}
	return time.Duration(us) * time.Microsecond, nil
}

// typeCache holds the property types of each kind of unit, as long as the
// Conn lives.
type typeCache struct {
	mu     sync.Mutex
	byKind map[string]setting.Types // guarded by mu
}

// of returns the types of a kind of unit, which it asks of a unit that does
// not exist: the manager makes it up, and forgets it.
func (t *typeCache) of(ctx context.Context, c *Conn, kind string) (setting.Types, error) {
	switch kind {
	case "service", "socket", "scope":
	default:
		return nil, fmt.Errorf("no properties of %q: not a service, socket or scope", kind)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if types := t.byKind[kind]; types != nil {
		return types, nil
	}
	var props map[string]dbus.Variant
	if err := c.read(ctx, unitPath(typeProbe+"."+kind), callGetAll, []any{""}, &props); err != nil {
		return nil, fmt.Errorf("property types of a %s: %w", kind, err)
	}
	types := make(setting.Types, len(props))
	for name, v := range props {
		types[name] = v.Signature().String()
	}
	if t.byKind == nil {
		t.byKind = map[string]setting.Types{}
	}
	t.byKind[kind] = types
	return types, nil
}

// typeProbe is a name that no unit has.
const typeProbe = "unitmon-property-types"
