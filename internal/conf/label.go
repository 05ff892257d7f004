package conf

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// LabelField is the journal field of a label: its key in upper case, with '_'
// for whatever the journal does not allow in a field name.
func LabelField(key string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z':
			return c - 'a' + 'A'
		case 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
			return c
		}
		return '_'
	}, key)
}

// CheckLabel reports whether a label can be a journal field without passing
// for one of ours.
func CheckLabel(key, value string) error {
	f := LabelField(key)
	switch {
	case key == "":
		return errors.New("label: the key is empty")
	case len(f) > 64 || f[0] == '_' || '0' <= f[0] && f[0] <= '9':
		return fmt.Errorf("label %s: %q is no journal field: 1 to 64 of A-Z 0-9 _, the first a letter", key, f)
	case strings.ContainsRune(value, '\n'):
		return fmt.Errorf("label %s: the value has a newline", key)
	case reserved(f):
		return fmt.Errorf("label %s: the journal field %s has a meaning of its own", key, f)
	}
	return nil
}

// reserved reports whether a label must not become the field f.
func reserved(f string) bool {
	for _, p := range []string{"CONTAINER_", "OBJECT_", "SYSLOG_", "UNITMON_", "COREDUMP_", "CODE_"} {
		if strings.HasPrefix(f, p) {
			return true
		}
	}
	return slices.Contains([]string{"MESSAGE", "MESSAGE_ID", "PRIORITY", "UNIT", "USER_UNIT", "ERRNO", "INVOCATION_ID", "USER_INVOCATION_ID", "TID"}, f)
}
