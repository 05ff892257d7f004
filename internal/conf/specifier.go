package conf

import (
	"fmt"
	"strings"
)

// expand replaces the specifiers of systemd.unit(5) that are known here.
func (c *Container) expand(s string) (string, error) {
	if !strings.Contains(s, "%") {
		return s, nil
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "%")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		if after == "" {
			return "", fmt.Errorf(`a single "%%" at the end: write "%%%%"`)
		}
		value, ok := c.specifier(after[0])
		if !ok {
			return "", fmt.Errorf(`specifier %%%c: only %%%%, %%h, %%i, %%n, %%t are known; write "%%%%" for a percent sign`, after[0])
		}
		b.WriteString(value)
		s = after[1:]
	}
}

func (c *Container) specifier(letter byte) (value string, ok bool) {
	switch letter {
	case '%':
		return "%", true
	case 'i':
		return c.Name, true
	case 'n':
		return "unitmon@" + c.Name + ".service", true
	case 'h':
		return c.about.Home, c.about.Home != ""
	case 't':
		return c.about.Runtime, c.about.Runtime != ""
	}
	return "", false
}
