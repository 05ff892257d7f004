package read

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unquote appends to dst what the inside of a JSON string stands for, and
// reports whether it is one. The escapes \udc80 to \udcff that follow no other
// half of a surrogate pair stand for one byte each, as package logfile writes
// them; other halves alone for U+FFFD. Bytes that are no UTF-8 stay as they are.
func unquote(dst, s []byte) (text []byte, ok bool) {
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] != '\\' && s[n] != '"' && s[n] >= ' ' {
			n++
		}
		dst, s = append(dst, s[:n]...), s[n:]
		if len(s) == 0 {
			break
		}
		if dst, n = unescape(dst, s); n == 0 {
			return dst, false
		}
		s = s[n:]
	}
	return dst, true
}

// unescape appends what the escape at the head of s stands for and returns its
// length, 0 if there is none.
func unescape(dst, s []byte) ([]byte, int) {
	if len(s) < 2 || s[0] != '\\' {
		return dst, 0
	}
	if s[1] != 'u' {
		c := short(s[1])
		if c == 0 {
			return dst, 0
		}
		return append(dst, c), 2
	}
	r := hex4(s)
	switch {
	case r < 0:
		return dst, 0
	case utf16.IsSurrogate(r):
		if pair := utf16.DecodeRune(r, hex4(s[6:])); pair != utf8.RuneError {
			return utf8.AppendRune(dst, pair), 12
		}
		if 0xdc80 <= r && r <= 0xdcff {
			return append(dst, byte(r)), 6
		}
	}
	return utf8.AppendRune(dst, r), 6 // half a pair becomes U+FFFD
}

// short is the character of a two-character escape, or 0.
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
	case '"', '\\', '/':
		return c
	}
	return 0
}

// hex4 is the value of the escape \uXXXX at the head of s, or -1.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	r := rune(0)
	for _, c := range s[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
