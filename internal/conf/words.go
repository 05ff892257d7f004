package conf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// errQuote is returned for a quote that is never closed.
var errQuote = errors.New("a quote is not closed")

// Words splits a value at white space. Quotes, '…' or "…", keep it, and are
// removed; a backslash begins an escape, inside quotes and outside of them, as
// in systemd.syntax(7) under "Quoting". Unlike systemd it refuses an escape that
// is not listed there.
func Words(s string) ([]string, error) {
	var words []string
	for {
		s = strings.TrimLeft(s, " \t\n\r")
		if s == "" {
			return words, nil
		}
		word, rest, err := firstWord(s)
		if err != nil {
			return nil, err
		}
		words, s = append(words, word), rest
	}
}

// firstWord takes the first word off s, which does not begin with white space.
func firstWord(s string) (word, rest string, err error) {
	var w []byte
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			n := 0
			if w, n, err = appendEscape(w, s[i+1:]); err != nil {
				return "", "", err
			}
			i += n
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && strings.IndexByte(" \t\n\r", c) >= 0:
			return string(w), s[i:], nil
		default:
			w = append(w, c)
		}
	}
	if quote != 0 {
		return "", "", errQuote
	}
	return string(w), "", nil
}

// escapes are the escapes of one letter.
const escapes = "a\ab\bf\fn\nr\rt\tv\v\\\\\"\"''s "

// appendEscape adds what the escape at the start of s, after its backslash,
// stands for, and returns how many bytes of s it is.
func appendEscape(w []byte, s string) ([]byte, int, error) {
	if s == "" {
		return w, 0, errors.New("a backslash at the end escapes nothing")
	}
	for i := 0; i < len(escapes); i += 2 {
		if escapes[i] == s[0] {
			return append(w, escapes[i+1]), 1, nil
		}
	}
	begin, digits, base := 1, 0, 16
	switch {
	case s[0] == 'x':
		digits = 2
	case s[0] == 'u':
		digits = 4
	case s[0] == 'U':
		digits = 8
	case '0' <= s[0] && s[0] <= '7':
		begin, digits, base = 0, 3, 8
	default:
		_, n := utf8.DecodeRuneInString(s)
		return w, 0, fmt.Errorf(`unknown escape \%s`, s[:n])
	}
	return appendNumber(w, s, begin, digits, base)
}

// appendNumber adds the byte or character that a numeric escape stands for.
func appendNumber(w []byte, s string, begin, digits, base int) ([]byte, int, error) {
	end := begin + digits
	if len(s) < end {
		return w, 0, fmt.Errorf(`escape \%s: it wants %d digits`, s, digits)
	}
	n, err := strconv.ParseUint(s[begin:end], base, 32)
	switch {
	case err != nil:
		return w, 0, fmt.Errorf(`escape \%s: it wants %d digits of base %d`, s[:end], digits, base)
	case n == 0:
		return w, 0, fmt.Errorf(`escape \%s: a NUL byte is not possible`, s[:end])
	case digits > 3:
		if n > utf8.MaxRune || 0xd800 <= n && n < 0xe000 {
			return w, 0, fmt.Errorf(`escape \%s: no such character`, s[:end])
		}
		return utf8.AppendRune(w, rune(n)), end, nil
	case n > 0xff:
		return w, 0, fmt.Errorf(`escape \%s: it is more than a byte`, s[:end])
	}
	return append(w, byte(n)), end, nil
}

// Quote writes a word so that Words reads it as one.
func Quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\r\"'\\") && strings.IndexFunc(word, isControl) < 0 {
		return word
	}
	q := []byte{'"'}
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case c == '"' || c == '\\':
			q = append(q, '\\', c)
		case c == '\n':
			q = append(q, `\n`...)
		case c < ' ' || c == 0x7f:
			q = fmt.Appendf(q, `\x%02x`, c)
		default:
			q = append(q, c)
		}
	}
	return string(append(q, '"'))
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }
