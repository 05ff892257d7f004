package unit

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// route is one way to a manager.
type route struct {
	address string // D-Bus address: "unix:path=…" or "unix:abstract=…"
	private bool   // the manager's own socket
}

// routes lists the ways to m, best first. A private socket is slower to dial
// and lacks Controller= and references, so the bus comes first.
func routes(m Manager) []route {
	if m == System {
		bus := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS")
		if bus == "" {
			bus = "unix:path=/run/dbus/system_bus_socket"
		}
		return []route{{address: bus}, {address: "unix:path=/run/systemd/private", private: true}}
	}
	var rs []route
	if bus := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); bus != "" {
		rs = append(rs, route{address: bus})
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) {
		rs = append(rs,
			route{address: pathAddress(filepath.Join(dir, "bus"))},
			route{address: pathAddress(filepath.Join(dir, "systemd/private")), private: true})
	}
	return rs
}

func pathAddress(path string) string { return "unix:path=" + dbus.EscapeBusAddressValue(path) }

// dialLink tries the routes to m in turn. The error names each and what became
// of it.
func dialLink(ctx context.Context, m Manager, h *hub) (*link, error) {
	rs := routes(m)
	if len(rs) == 0 {
		return nil, fmt.Errorf("%w: %s: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set", ErrNoManager, m)
	}
	var tried []error
	for _, r := range rs {
		l, err := dialRoute(ctx, r, h)
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("dial the %s: %w", m, context.Cause(ctx))
		}
		tried = append(tried, fmt.Errorf("%s: %w", r.address, err))
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrNoManager, m, listed(tried))
}

// listed joins errors on one line.
func listed(errs []error) error {
	format := strings.TrimSuffix(strings.Repeat("%w; ", len(errs)), "; ")
	args := make([]any, len(errs))
	for i, err := range errs {
		args[i] = err
	}
	return fmt.Errorf(format, args...)
}

// dialRoute connects by one route, authenticates and, on a bus, makes sure that
// a manager is there.
func dialRoute(ctx context.Context, r route, h *hub) (*link, error) {
	uc, err := dialUnix(ctx, r.address)
	if err != nil {
		return nil, err
	}
	l := &link{private: r.private, hub: h}
	if l.bus, err = dbus.DialUnix(uc, dbus.WithSignalHandler(l)); err != nil {
		uc.Close()
		return nil, err
	}
	// The handshake knows no context: closing the connection ends it.
	stop := context.AfterFunc(ctx, func() { l.bus.Close() })
	err = l.handshake(ctx)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// dialUnix connects to the first of the Unix sockets in a D-Bus address, a list
// with ';' between. Other transports cannot carry descriptors and are refused.
func dialUnix(ctx context.Context, address string) (*net.UnixConn, error) {
	err := errors.New("empty address")
	for _, a := range strings.Split(address, ";") {
		var name string
		if name, err = socketName(a); err != nil {
			continue
		}
		var d net.Dialer
		var conn net.Conn
		if conn, err = d.DialContext(ctx, "unix", name); err == nil {
			return conn.(*net.UnixConn), nil
		}
	}
	return nil, err
}

// socketName returns the socket that one D-Bus address names, abstract ones
// with a leading '@'.
func socketName(address string) (string, error) {
	keys, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return "", fmt.Errorf("address %q: not a Unix socket", address)
	}
	for _, kv := range strings.Split(keys, ",") {
		key, value, _ := strings.Cut(kv, "=")
		value, err := dbus.UnescapeBusAddressValue(value)
		if err != nil {
			return "", fmt.Errorf("address %q: %w", address, err)
		}
		switch key {
		case "path":
			return value, nil
		case "abstract":
			return "@" + value, nil
		}
	}
	return "", fmt.Errorf("address %q: neither path nor abstract", address)
}
