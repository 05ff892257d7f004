package read

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote appends to dst what the inside of a valid JSON string stands for. The
// escapes \udc80 to \udcff that follow no other half of a surrogate pair stand
// for one byte each, as package logfile writes them; other halves alone for
// U+FFFD. Bytes that are no UTF-8 stay as they are.
func unquote(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			i++
			continue
		}
		if s[i+1] != 'u' {
			dst = append(dst, short(s[i+1]))
			i += 2
			continue
		}
		r := hex4(s[i+2:])
		i += 6
		if utf16.IsSurrogate(r) {
			if low := nextEscape(s[i:]); utf16.DecodeRune(r, low) != utf8.RuneError {
				r = utf16.DecodeRune(r, low)
				i += 6
			} else if 0xdc80 <= r && r <= 0xdcff {
				dst = append(dst, byte(r))
				continue
			}
		}
		dst = utf8.AppendRune(dst, r) // half a pair becomes U+FFFD
	}
	return dst
}

// short is the character of a two-character escape.
func short(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return c
}

// nextEscape is the value of the \u escape at the head of s, or 0.
func nextEscape(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0
	}
	return hex4(s[2:])
}

// hex4 is the value of four hexadecimal digits, which s has: it is valid JSON.
func hex4(s []byte) rune {
	v, _ := strconv.ParseUint(string(s[:4]), 16, 16)
	return rune(v)
}
