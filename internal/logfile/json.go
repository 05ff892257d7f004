package logfile

import "unicode/utf8"

const (
	escapeLen = len(`\u0000`) // the longest that a byte becomes
	hexDigits = "0123456789abcdef"
)

// JSONLen is an upper bound of the length of a json-file record with n bytes of
// text: that of a text of which every byte is escaped. Most records are far
// shorter; JSON takes any dst that is large enough.
func JSONLen(n int) int {
	return len(jsonHead) + escapeLen*n + len(jsonStream) + jsonTime + len(jsonEnd)
}

// JSON writes one json-file record into dst and returns its length, or 0 if dst
// is too small; dst may have been written to then, too. stream is 0 for stdout,
// 1 for stderr. partial says that no newline follows the text.
func JSON(dst []byte, s *Stamp, stream int, text []byte, partial bool) int {
	if len(dst) < len(jsonHead) {
		return 0
	}
	n := copy(dst, jsonHead)
	for len(text) > 0 {
		clean := plain(text)
		if len(dst)-n < clean {
			return 0
		}
		n += copy(dst[n:], text[:clean])
		text = text[clean:]
		if len(text) > 0 {
			w, used := escape(dst[n:], text)
			if w == 0 {
				return 0
			}
			n, text = n+w, text[used:]
		}
	}
	w := s.putTail(dst[n:], stream, partial)
	if w == 0 {
		return 0
	}
	return n + w
}

// putTail writes what follows the text, and returns its length, or 0 if dst is
// too small.
func (s *Stamp) putTail(dst []byte, stream int, partial bool) int {
	const newline = len(`\n`)
	from := 0
	if partial {
		from = newline
	}
	n := int(s.tailLen) - from
	switch {
	case n > len(dst):
		return 0
	case len(dst) >= len(s.tail) && !partial:
		*(*[len(s.tail)]byte)(dst) = s.tail
	default:
		copy(dst, s.tail[from:s.tailLen])
	}
	if stream != 0 {
		at := atSource - from
		dst[at], dst[at+1], dst[at+2] = 'e', 'r', 'r'
	}
	return n
}

// plain returns the length of the head of b that is written as it is. It looks
// at eight bytes at a time as long as they are ASCII.
func plain(b []byte) int {
	i := 0
	for i < len(b) {
		end := len(b)
		if len(b)-i >= 8 {
			end = i + 8
			if plain8(load8(b[i:])) {
				i = end
				continue
			}
		}
		for i < end {
			n := plain1(b[i:])
			if n == 0 {
				return i
			}
			i += n
		}
	}
	return i
}

// load8 is the next eight bytes; the compiler makes one load of it.
func load8(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// plain8 reports whether eight bytes are all ASCII without an escape. In each
// test a byte's high bit is set if it, or one below it, is what is looked for;
// a byte that is 0 after an exclusive or is equal. Two pairs of characters
// differ in one bit, and are looked for together.
func plain8(w uint64) bool {
	const (
		low  = 0x0101010101010101
		high = 0x80 * low
	)
	lessGreater := (w | 0x02*low) ^ '>'*low // < is 0x3c, > is 0x3e
	quoteAnd := (w | 0x04*low) ^ '&'*low    // " is 0x22, & is 0x26
	backslash := w ^ '\\'*low
	hit := (w-0x20*low)&^w | // control characters
		(lessGreater-low)&^lessGreater | (quoteAnd-low)&^quoteAnd | (backslash-low)&^backslash |
		w // not ASCII
	return hit&high == 0
}

// plain1 returns the length of the character at the head of b, or 0 if it needs
// an escape.
func plain1(b []byte) int {
	c := b[0]
	if c < utf8.RuneSelf {
		if c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return 0
		}
		return 1
	}
	r, size := utf8.DecodeRune(b)
	if size == 1 || r == '\u2028' || r == '\u2029' {
		return 0
	}
	return size
}

// escape writes the character at the head of text, which is not plain, into
// dst. It returns how many bytes it wrote, 0 if dst is too small, and how many
// of text they stand for.
func escape(dst, text []byte) (wrote, used int) {
	c := text[0]
	short := byte(0)
	switch c {
	case '"', '\\':
		short = c
	case '\n':
		short = 'n'
	case '\r':
		short = 'r'
	}
	if short != 0 {
		if len(dst) < 2 {
			return 0, 0
		}
		dst[0], dst[1] = '\\', short
		return 2, 1
	}
	code, used := uint32(c), 1
	if c >= utf8.RuneSelf {
		code = 0xdc00 | uint32(c)
		if r, size := utf8.DecodeRune(text); size > 1 {
			code, used = uint32(r), size
		}
	}
	if len(dst) < escapeLen {
		return 0, 0
	}
	dst[0], dst[1] = '\\', 'u'
	for i := range 4 {
		dst[2+i] = hexDigits[code>>(12-4*i)&15]
	}
	return escapeLen, used
}
