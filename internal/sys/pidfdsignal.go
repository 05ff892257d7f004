package sys

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The real-time signals that the C library gives out on Linux; it keeps 32
// and 33 to itself. See signal(7).
const (
	sigRTMin = 34
	sigRTMax = 64
)

// ParseSignal returns the number of a signal given by number, by name with or
// without "SIG", or as RTMIN, RTMIN+n, RTMAX, RTMAX-n; false when there is no
// such signal. 0 is none.
func ParseSignal(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, n > 0 && n <= sigRTMax
	}
	s = strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if rest, ok := strings.CutPrefix(s, "RTMIN"); ok {
		return realTime(sigRTMin, rest, "+")
	}
	if rest, ok := strings.CutPrefix(s, "RTMAX"); ok {
		return realTime(sigRTMax, rest, "-")
	}
	n := unix.SignalNum("SIG" + s)
	return int(n), n != 0
}

// realTime adds an offset such as "+3", which must begin with sign, to base.
func realTime(base int, offset, sign string) (int, bool) {
	if offset == "" {
		return base, true
	}
	n, err := strconv.Atoi(offset)
	if err != nil || !strings.HasPrefix(offset, sign) {
		return 0, false
	}
	return base + n, base+n >= sigRTMin && base+n <= sigRTMax
}

// maxErrno is the largest error number that the kernel returns.
const maxErrno = 4095

// ParseErrno returns the error number that a name such as "EPERM" stands for;
// false when there is none.
func ParseErrno(name string) (int, bool) {
	for n := 1; n < maxErrno && name != ""; n++ {
		if unix.ErrnoName(unix.Errno(n)) == name {
			return n, true
		}
	}
	return 0, false
}
