package wire

import (
	"strconv"
	"strings"
)

// space is what isspace(3) is in the C locale.
const space = " \t\n\v\f\r"

// number reads a decimal number from the front of s as strtol(3) with base 10,
// atoi(3) and the %d of sscanf(3) do: white space, a sign, digits; what follows
// is the rest. The error wraps strconv.ErrSyntax when there is no digit, and
// strconv.ErrRange when it does not fit; v is then the nearest that does.
func number(s string) (v int64, rest string, err error) {
	s = strings.TrimLeft(s, space)
	end := 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		end = 1
	}
	for end < len(s) && '0' <= s[end] && s[end] <= '9' {
		end++
	}
	v, err = strconv.ParseInt(s[:end], 10, 64)
	return v, s[end:], err
}
