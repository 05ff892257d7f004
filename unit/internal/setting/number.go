package setting

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/unitmon/unitmon/internal/sys"
)

// parseBool reads a truth value of systemd.syntax(7).
func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "1", "yes", "y", "true", "t", "on":
		return true, nil
	case "0", "no", "n", "false", "f", "off":
		return false, nil
	}
	return false, fmt.Errorf("%q is no truth value", s)
}

// parseInt32 reads a number, a signal where the name says so, or a word that
// the setting has for a number.
func parseInt32(key, value string) (int32, error) {
	switch {
	case strings.HasSuffix(key, "Signal"):
		n, ok := sys.ParseSignal(value)
		if !ok {
			return 0, fmt.Errorf("%q is no signal", value)
		}
		return int32(n), nil
	case key == "SystemCallErrorNumber":
		if n, ok := sys.ParseErrno(value); ok {
			return int32(n), nil
		}
	case key == "SecureBits":
		return secureBits(value)
	case strings.HasSuffix(key, "ActionExitStatus") && value == "":
		return -1, nil
	}
	if n, ok := wordNumber(key, value); ok {
		return n, nil
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is no number that it takes", value)
	}
	return int32(n), nil
}

// parseUint32 reads a number, in base 8 if it is a file mode.
func parseUint32(key, value string) (uint32, error) {
	base := 10
	if key == "UMask" || strings.HasSuffix(key, "Mode") {
		base = 8
	}
	n, err := strconv.ParseUint(value, base, 32)
	if err != nil || (base == 8 && n > 0o7777) {
		return 0, fmt.Errorf("%q is no number of base %d that it takes", value, base)
	}
	return uint32(n), nil
}

// parseNarrow reads integers of the rarer types.
func parseNarrow(sig, value string) (any, error) {
	n, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err != nil:
	case sig == "x":
		return n, nil
	case sig == "n" && n == int64(int16(n)):
		return int16(n), nil
	case sig == "q" && n == int64(uint16(n)):
		return uint16(n), nil
	case sig == "y" && n == int64(uint8(n)):
		return uint8(n), nil
	}
	return nil, fmt.Errorf("%q is no number that it takes", value)
}

// parseSize reads a number of bytes, or of anything, with a suffix K, M, G, T,
// P or E of that base, perhaps "B"; a fraction may go with a suffix. "" and
// "infinity" are the largest number.
func parseSize(s string, base float64) (uint64, error) {
	if s == "infinity" || s == "" {
		return math.MaxUint64, nil
	}
	if n, err := strconv.ParseUint(s, 10, 64); err == nil {
		return n, nil
	}
	i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if i <= 0 {
		return 0, fmt.Errorf("%q is no size", s)
	}
	f, err := strconv.ParseFloat(s[:i], 64)
	suffix := strings.TrimSpace(s[i:])
	power := strings.Index("BKMGTPE", suffix)
	if err != nil || len(suffix) != 1 || power < 0 {
		return 0, fmt.Errorf("%q is no size", s)
	}
	return scaled(s, f, math.Pow(base, float64(power)))
}

// scaled multiplies, exactly for whole numbers, and refuses what has no room.
func scaled(s string, f, factor float64) (uint64, error) {
	if f*factor >= math.MaxUint64 {
		return 0, fmt.Errorf("%q is too large", s)
	}
	if whole := uint64(f); float64(whole) == f {
		return whole * uint64(factor), nil
	}
	return uint64(f * factor), nil
}

// parsePermyriad reads a percentage with up to two decimals, in 1/100 %.
func parsePermyriad(s string) (uint64, error) {
	num, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	whole, frac, _ := strings.Cut(num, ".")
	n, err := strconv.ParseUint(whole, 10, 32)
	if !ok || err != nil || len(frac) > 2 {
		return 0, fmt.Errorf("%q is no percentage", s)
	}
	f, err := strconv.ParseUint((frac + "00")[:2], 10, 8)
	if err != nil {
		return 0, fmt.Errorf("%q is no percentage", s)
	}
	return n*100 + f, nil
}

// parseScale reads a percentage up to 100 % as a share of 2³²−1.
func parseScale(s string) (uint32, error) {
	p, err := parsePermyriad(s)
	if err != nil {
		return 0, err
	}
	if p > 10000 {
		return 0, fmt.Errorf("%q is more than 100%%", s)
	}
	return uint32((p*math.MaxUint32 + 5000) / 10000), nil
}

// parseQuota reads a percentage of one CPU, in microseconds per second.
func parseQuota(s string) (uint64, error) {
	if s == "" || s == "infinity" {
		return math.MaxUint64, nil
	}
	p, err := parsePermyriad(s)
	if err != nil {
		return 0, err
	}
	if p == 0 {
		return 0, errors.New("0% of a CPU is none")
	}
	return p * 100, nil
}

// parseLimit reads a resource limit in the unit that setrlimit(2) counts in.
func parseLimit(key, s string) (uint64, error) {
	switch {
	case s == "infinity":
		return math.MaxUint64, nil
	case s == "":
		return 0, errors.New("no limit given")
	case key == "LimitCPU":
		us, err := ParseSpan(s)
		return us/1e6 + min(us%1e6, 1), err // whole seconds, rounded up
	case key == "LimitRTTIME":
		return parseTime(s, usec, usec)
	case key == "LimitNICE" && strings.ContainsAny(s[:1], "+-"):
		n, err := strconv.Atoi(s)
		if err != nil || n < -20 || n > 19 {
			return 0, fmt.Errorf("%q is no nice level", s)
		}
		return uint64(20 - n), nil
	}
	return parseSize(s, 1024)
}
