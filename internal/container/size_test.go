package container

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1": 1, "007": 7, "1K": 1024, "1k": 1024, "16M": 16 << 20, "2g": 2 << 30, "0G": 0,
		"9223372036854775807": math.MaxInt64, "8589934591G": 8589934591 << 30, "8388608": 8 << 20,
	} {
		if got, err := ParseSize(s); got != want || err != nil {
			t.Errorf("%q: %d, %v, want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "K", "-1", "+1", "1.5M", "1KB", "1T", "1 K", " 1", "1_000", "0x10", "9223372036854775808", "8589934592G", "1\x0b", "1\xcb"} {
		if got, err := ParseSize(s); err == nil || err.Error() != strconv.Quote(s)+" is no size: a number of bytes, or one with K, M or G" {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
}

// FuzzParseSize: what is accepted is as many bytes as it says.
func FuzzParseSize(f *testing.F) {
	for _, s := range []string{"1", "16M", "8589934592G", "k", "-1", "1K1", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSize(s)
		if err != nil {
			return
		}
		digits := strings.TrimRight(s, "kKmMgG")
		text := strconv.FormatInt(n>>map[string]int{"": 0, "K": 10, "M": 20, "G": 30}[strings.ToUpper(s[len(digits):])], 10)
		if n < 0 || text != strings.TrimLeft(digits, "0") && strings.Trim(digits, "0") != "" {
			t.Errorf("%q is %d", s, n)
		}
	})
}
