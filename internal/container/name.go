package container

import (
	"errors"
	"fmt"
	"strings"
)

// NameMax is the longest container name in bytes: as a host name, and short
// enough for the path of the control socket, which sun_path limits (unix(7)).
const NameMax = 64

// ErrName is wrapped by every error of CheckName.
var ErrName = errors.New("invalid container name")

// Prefixes of unit names. A container's name must not make its unit the relay
// of another container, or a session in it.
const (
	unitPrefix  = "unitmon-"
	relayPrefix = "unitmon-relay-"
	relayWord   = "relay-"
	execPrefix  = "unitmon-exec-"
	execWord    = "exec-"

	fileService = "unitmon@"
	fileRelay   = "unitmon-relay@"
)

// CheckName reports whether name may name a container: 1 to NameMax of
// [a-zA-Z0-9_.-], the first a letter or digit, and not beginning with "relay-" or
// "exec-".
func CheckName(name string) error {
	bad := func(why string) error { return fmt.Errorf("%w %s: %s", ErrName, shorten(name), why) }
	switch {
	case name == "":
		return bad("it is empty")
	case len(name) > NameMax:
		return bad(fmt.Sprintf("it has %d bytes, at most %d are allowed", len(name), NameMax))
	case strings.HasPrefix(name, relayWord):
		return bad(`"relay-" is for unitmon's own units`)
	case strings.HasPrefix(name, execWord):
		return bad(`"exec-" is for the units of exec sessions`)
	}
	for i := range len(name) {
		c := name[i]
		if isAlnum(c) || (i > 0 && (c == '_' || c == '.' || c == '-')) {
			continue
		}
		if i == 0 {
			return bad("it must begin with a letter or digit")
		}
		return bad(fmt.Sprintf("%q is not one of a-z A-Z 0-9 _ . -", name[i:i+1]))
	}
	return nil
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// shorten quotes a name for a message of one line.
func shorten(name string) string {
	if len(name) > NameMax {
		return fmt.Sprintf("%.32q...", name)
	}
	return fmt.Sprintf("%q", name)
}

// UnitName is the container's service unit.
func UnitName(name string) string { return unitPrefix + name + ".service" }

// RelayUnit is the service unit of the container's relay.
func RelayUnit(name string) string { return relayPrefix + name + ".service" }

// SocketUnit is the socket unit that holds the container's FIFOs and control
// socket and starts the relay. A transient socket unit can only start the
// service of its own name (Service= is refused over D-Bus), so it is named
// after the relay.
func SocketUnit(name string) string { return relayPrefix + name + ".socket" }

// Units are the names of a container's units: its service, and the service and
// the socket of its relay. A container of "unitmon run" has transient units, one
// that is configured in a directory has instances of templates.
type Units struct{ Service, Relay, Socket string }

// TransientUnits are the units that "unitmon run" makes.
func TransientUnits(name string) Units {
	return Units{UnitName(name), RelayUnit(name), SocketUnit(name)}
}

// FileUnits are the units of a configured container, instances of unitmon@.service,
// unitmon-relay@.service and unitmon-relay@.socket. The characters that
// CheckName allows need no escape in an instance's name.
func FileUnits(name string) Units {
	return Units{fileService + name + ".service", fileRelay + name + ".service", fileRelay + name + ".socket"}
}

// NameOfUnit is the container whose service unit has this name, transient or
// from a file; ok is false for other units.
func NameOfUnit(unit string) (name string, ok bool) {
	name, ok = strings.CutPrefix(unit, fileService)
	if !ok {
		name, ok = strings.CutPrefix(unit, unitPrefix)
	}
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, ".service")
	return name, ok && CheckName(name) == nil
}

// SessionNames are the names of an exec session's units. An attached session is a
// scope, and a service that ends it; a detached one is a service.
type SessionNames struct{ Scope, End, Service string }

// SessionUnits are the units of the exec session id, 8 hexadecimal digits, in the
// container name.
func SessionUnits(name, id string) SessionNames {
	base := execPrefix + name + "-" + id
	return SessionNames{base + ".scope", base + "-end.service", base + ".service"}
}

// SessionOfUnit is the session whose scope or service unit has this name, and
// its container; ok is false for other units.
func SessionOfUnit(unit string) (name, id string, ok bool) {
	rest, ok := strings.CutPrefix(unit, execPrefix)
	if !ok {
		return "", "", false
	}
	base, scope := strings.CutSuffix(rest, ".scope")
	if !scope {
		if base, ok = strings.CutSuffix(rest, ".service"); !ok {
			return "", "", false
		}
	}
	i := strings.LastIndexByte(base, '-')
	if i < 0 || CheckName(base[:i]) != nil || checkSession(base[i+1:]) != nil {
		return "", "", false
	}
	return base[:i], base[i+1:], true
}
