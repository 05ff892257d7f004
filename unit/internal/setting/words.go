package setting

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// How words treats quotes and backslashes.
type quoting int

const (
	unquote  quoting = 1 << iota // "…" and '…' join, and go; "\" takes the next byte
	unescape                     // C escapes are read; see systemd.syntax(7)
)

// words splits at blanks, as extract_first_word() of systemd does. The list is
// not nil.
func words(s string, q quoting) ([]string, error) {
	list := []string{}
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			return list, nil
		}
		w, rest, err := word(s, q)
		if err != nil {
			return nil, err
		}
		list, s = append(list, w), rest
	}
}

// word takes the first word off s, which begins with it.
func word(s string, q quoting) (w, rest string, err error) {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\':
			n, err := escape(&b, s[i+1:], q)
			if err != nil {
				return "", "", err
			}
			i += n
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.IndexByte(" \t\r\n", c) >= 0:
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quote != 0 {
		return "", "", fmt.Errorf("unbalanced %c", quote)
	}
	return b.String(), "", nil
}

// escape writes what the escape after a backslash stands for and returns its
// length.
func escape(b *strings.Builder, s string, q quoting) (int, error) {
	if s == "" {
		return 0, errors.New("backslash at the end")
	}
	if q&unescape != 0 {
		return cEscape(b, s)
	}
	b.WriteByte(s[0])
	return 1, nil
}

// cUnescape reads the C escapes in s.
func cUnescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b.WriteByte(s[i])
			continue
		}
		n, err := escape(&b, s[i+1:], unescape)
		if err != nil {
			return "", err
		}
		i += n
	}
	return b.String(), nil
}

// cEscape reads one C escape of systemd.syntax(7), "\s" for a space included.
// A NUL cannot be written.
func cEscape(b *strings.Builder, s string) (int, error) {
	const letters, meanings = `abfnrtvs\"'`, "\a\b\f\n\r\t\v \\\"'"
	if i := strings.IndexByte(letters, s[0]); i >= 0 {
		b.WriteByte(meanings[i])
		return 1, nil
	}
	switch s[0] {
	case 'x':
		return numeric(b, s, 1, 2, 16, false)
	case 'u':
		return numeric(b, s, 1, 4, 16, true)
	case 'U':
		return numeric(b, s, 1, 8, 16, true)
	}
	return numeric(b, s, 0, 3, 8, false)
}

// numeric reads digits of an escape; char says that they are a character, not
// a byte.
func numeric(b *strings.Builder, s string, from, digits, base int, char bool) (int, error) {
	n := 0
	for i := from; i < from+digits; i++ {
		d := -1
		if i < len(s) {
			d = strings.IndexByte("0123456789abcdef"[:base], lower(s[i]))
		}
		if d < 0 {
			return 0, fmt.Errorf("bad escape \\%.10s", s)
		}
		n = n*base + d
	}
	switch {
	case n == 0 || (!char && n > 0xff) || (char && !utf8.ValidRune(rune(n))):
		return 0, fmt.Errorf("bad escape \\%.10s", s)
	case char:
		b.WriteRune(rune(n))
	default:
		b.WriteByte(byte(n))
	}
	return from + digits, nil
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'F' {
		return c | 0x20
	}
	return c
}
