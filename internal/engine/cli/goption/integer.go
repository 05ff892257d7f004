package goption

import (
	"strconv"
	"strings"
)

// parseInteger reads a number as strtol(3) does with base 0, and wants all of
// the text used up. as is the option, for the error.
func parseInteger(as, text string, bits int) (int64, error) {
	digits := strings.TrimLeft(text, " \t\n\v\f\r") // isspace(3)
	sign := ""
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		sign, digits = digits[:1], digits[1:]
	}
	base := 10
	switch {
	case len(digits) > 2 && (digits[:2] == "0x" || digits[:2] == "0X"):
		base, digits = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base = 8
	}
	// Before the conversion, which would say of "99999999999999999999x" that
	// it is out of range.
	if digits == "" || strings.IndexFunc(digits, notDigit(base)) >= 0 {
		return 0, notInteger(as, text)
	}
	n, err := strconv.ParseInt(sign+digits, base, bits)
	if err != nil { // there are digits and nothing else: too many
		return 0, Error("Integer value “" + text + "” for " + as + " out of range")
	}
	return n, nil
}

func notInteger(as, text string) error {
	return Error("Cannot parse integer value “" + text + "” for " + as)
}

// notDigit returns what tells the runes that are no digits of a base.
func notDigit(base int) func(rune) bool {
	return func(r rune) bool {
		switch {
		case '0' <= r && r <= '9':
			return int(r-'0') >= base
		case 'a' <= r|0x20 && r|0x20 <= 'f':
			return base != 16
		}
		return true
	}
}
