package place

import (
	"fmt"
	"strings"
)

// scopePrefix begins the names of our scopes.
const scopePrefix = "unitmon-conmon-"

// maxUnitName is UNIT_NAME_MAX of systemd, without the NUL.
const maxUnitName = 255

// ScopeName is the scope in which Register puts the monitors of a container:
// its own and those of its exec sessions.
func ScopeName(id string) (string, error) {
	name := scopeName(id)
	if id == "" || len(name) > maxUnitName {
		return "", fmt.Errorf("scope for container %q: a unit's name has 1 to %d bytes for it", id, maxUnitName-len(scopeName("")))
	}
	return name, nil
}

// scopeName writes what a unit's name may not have as \xNN, as
// systemd-escape(1) does. '@' would make it a template's instance.
func scopeName(id string) string {
	var b strings.Builder
	b.WriteString(scopePrefix)
	for i := range len(id) {
		c := id[i]
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte(":-_.", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteString(".scope")
	return b.String()
}
