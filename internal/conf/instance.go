package conf

import (
	"errors"
	"fmt"
	"strings"
)

// CheckInstance reports whether a name can be the instance of a template as it
// is, without escapes. It allows more than the rule for containers' names,
// which is container.CheckName's: what that refuses, the unit says at its start.
func CheckInstance(name string) error {
	const most = 128 // "unitmon-relay@NAME.service" fits into a unit's name
	if name == "" || len(name) > most {
		return fmt.Errorf("a name of %d bytes is no container's", len(name))
	}
	if strings.IndexFunc(name, func(r rune) bool { return !isWord(r) && r != '-' && r != '.' }) >= 0 {
		return errors.New("the name has characters other than a-z A-Z 0-9 _ . -")
	}
	return nil
}

func isWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
}
