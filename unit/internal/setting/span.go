package setting

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Nanoseconds in the units of systemd.time(7); a month is 30.44 days and a
// year 365.25.
const (
	nsec   = 1
	usec   = 1000 * nsec
	msec   = 1000 * usec
	second = 1000 * msec
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	week   = 7 * day
	month  = 2629800 * second
	year   = 31557600 * second
)

// ParseSpan reads a time span of systemd.time(7), such as "1min 30s", in
// microseconds. Plain numbers are seconds.
func ParseSpan(s string) (uint64, error) { return parseTime(s, second, usec) }

// parseNanoseconds is ParseSpan in nanoseconds, which plain numbers are too.
func parseNanoseconds(s string) (uint64, error) { return parseTime(s, nsec, nsec) }

// parseTime reads a time span: plain is the unit of numbers without one,
// result the unit of what it returns, both in nanoseconds. "infinity" is the
// largest number.
func parseTime(s string, plain, result uint64) (uint64, error) {
	s = strings.TrimSpace(s)
	if s == "infinity" {
		return math.MaxUint64, nil
	}
	if s == "" {
		return 0, fmt.Errorf("%q is no time span", s)
	}
	var sum float64
	for rest := s; rest != ""; {
		f, unit, after, err := timePart(rest)
		if err != nil {
			return 0, fmt.Errorf("%q is no time span: %w", s, err)
		}
		if unit == 0 {
			unit = plain
		}
		sum += f * (float64(unit) / float64(result))
		rest = after
	}
	if sum >= math.MaxInt64 {
		return 0, fmt.Errorf("time span %q is too long", s)
	}
	// Half a unit that binary fractions lost is given back: 0.29s is 290 ms.
	return uint64(sum + 1e-6), nil
}

// timePart reads a number and its unit, in nanoseconds; 0 if there is none.
func timePart(s string) (f float64, unit uint64, rest string, err error) {
	i := span(s, func(c byte) bool { return c == '.' || (c >= '0' && c <= '9') })
	if f, err = strconv.ParseFloat(s[:i], 64); err != nil {
		return 0, 0, "", fmt.Errorf("no number at %q", s)
	}
	s = strings.TrimLeft(s[i:], " \t")
	i = span(s, func(c byte) bool { return c != ' ' && c != '\t' && c != '.' && (c < '0' || c > '9') })
	if unit, err = timeUnit(s[:i]); err != nil {
		return 0, 0, "", err
	}
	return f, unit, strings.TrimLeft(s[i:], " \t"), nil
}

// span returns how many bytes at the beginning of s are of a kind.
func span(s string, kind func(byte) bool) int {
	i := 0
	for i < len(s) && kind(s[i]) {
		i++
	}
	return i
}

func timeUnit(s string) (uint64, error) {
	switch s {
	case "":
		return 0, nil
	case "nsec", "ns":
		return nsec, nil
	case "usec", "us", "µs", "μs":
		return usec, nil
	case "msec", "ms":
		return msec, nil
	case "seconds", "second", "sec", "s":
		return second, nil
	case "minutes", "minute", "min", "m":
		return minute, nil
	case "hours", "hour", "hr", "h":
		return hour, nil
	case "days", "day", "d":
		return day, nil
	case "weeks", "week", "w":
		return week, nil
	case "months", "month", "M":
		return month, nil
	case "years", "year", "y":
		return year, nil
	}
	return 0, fmt.Errorf("unknown unit %q", s)
}
