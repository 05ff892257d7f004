package container

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes: decimal digits, and K, M or G, in either
// case, for 1024, 1024² or 1024³ of them.
func ParseSize(s string) (int64, error) {
	digits, unit := s, int64(1)
	if s != "" {
		if i := strings.IndexByte("KMG", s[len(s)-1]&^0x20); i >= 0 {
			digits, unit = s[:len(s)-1], 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || n > uint64(math.MaxInt64/unit) {
		return 0, fmt.Errorf("%q is no size: a number of bytes, or one with K, M or G", s)
	}
	return int64(n) * unit, nil
}
