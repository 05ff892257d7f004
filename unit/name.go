package unit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxNameLen is the longest unit name, in bytes: UNIT_NAME_MAX, 256 with the
// terminating NUL; see systemd.unit(5).
const MaxNameLen = 255

// validChars are the bytes a unit name is made of, but for one "@".
const validChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\"

// ErrName: a unit name that systemd.unit(5) does not allow.
var ErrName = errors.New("invalid unit name")

// CheckName returns an error that wraps ErrName and says why, unless name is a
// full unit name: a prefix, an instance after "@" or none, and a suffix that is
// a kind of unit. A template ("x@.service") is no unit that can be started and
// is refused.
func CheckName(name string) error {
	if len(name) > MaxNameLen {
		return fmt.Errorf("%w: %d bytes, more than %d: %.40q…", ErrName, len(name), MaxNameLen, name)
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || !isUnitType(name[dot+1:]) {
		return fmt.Errorf("%w: %q: no unit type such as .service at its end", ErrName, name)
	}
	prefix, instance, templated := strings.Cut(name[:dot], "@")
	switch {
	case prefix == "":
		return fmt.Errorf("%w: %q: nothing before the type or the @", ErrName, name)
	case templated && instance == "":
		return fmt.Errorf("%w: %q: a template, not an instance", ErrName, name)
	}
	if i := strings.IndexFunc(prefix, invalid); i >= 0 {
		return fmt.Errorf("%w: %q: character %q", ErrName, name, prefix[i])
	}
	if i := strings.IndexFunc(strings.ReplaceAll(instance, "@", ""), invalid); i >= 0 {
		return fmt.Errorf("%w: %q: a character of the instance is not allowed", ErrName, name)
	}
	return nil
}

func invalid(r rune) bool { return !strings.ContainsRune(validChars, r) }

func isUnitType(s string) bool {
	switch s {
	case "service", "socket", "scope", "slice", "target", "device", "mount", "automount", "swap", "timer", "path":
		return true
	}
	return false
}

// Escape returns s in a form that can be part of a unit name: "/" becomes "-",
// every other byte that a name cannot have, "-" and "\" too, becomes \xXX, as
// does a leading ".". It is what systemd-escape(1) prints without options.
func Escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/':
			b.WriteByte('-')
		case c == '-' || c == '\\' || (i == 0 && c == '.') || !strings.Contains(validChars, string(rune(c))):
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Unescape undoes Escape, as systemd-escape --unescape does. It fails on what
// Escape cannot have made: an incomplete or unknown escape.
func Unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '-':
			b.WriteByte('/')
		case '\\':
			c, ok := hexByte(s[i+1:])
			if !ok {
				return "", fmt.Errorf("unescape %q: bad escape at byte %d", s, i)
			}
			b.WriteByte(c)
			i += len(`x00`)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}

// hexByte reads "xHH" at the beginning of s.
func hexByte(s string) (byte, bool) {
	if len(s) < 3 || s[0] != 'x' {
		return 0, false
	}
	v, err := strconv.ParseUint(s[1:3], 16, 8)
	return byte(v), err == nil
}

// escapePath returns a name as an element of an object path: bytes other than
// letters and digits, and a leading digit, become _HH. See
// sd_bus_path_encode(3).
func escapePath(name string) string {
	if name == "" {
		return "_"
	}
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if letter || (i > 0 && c >= '0' && c <= '9') {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "_%02x", c)
	}
	return b.String()
}
