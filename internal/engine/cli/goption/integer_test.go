package goption

import (
	"strconv"
	"strings"
	"testing"
)

func TestParseInteger(t *testing.T) {
	const cannot, outOfRange = "Cannot parse integer value “%” for -T", "Integer value “%” for -T out of range"
	tests := []struct {
		text string
		bits int
		want int64
		err  string
	}{
		{"0", 32, 0, ""},
		{"5", 32, 5, ""},
		{"-5", 32, -5, ""},
		{"+5", 32, 5, ""},
		{" \t\n\v\f\r7", 32, 7, ""},
		{"0x1f", 32, 31, ""},
		{"-0X1F", 32, -31, ""},
		{"010", 32, 8, ""},
		{"00", 32, 0, ""},
		{"2147483647", 32, 2147483647, ""},
		{"-2147483648", 32, -2147483648, ""},
		{"2147483648", 32, 0, outOfRange},
		{"2147483648", 64, 2147483648, ""},
		{"-9223372036854775808", 64, -9223372036854775808, ""},
		{"9223372036854775808", 64, 0, outOfRange},
		{"99999999999999999999", 32, 0, outOfRange},
		{"99999999999999999999x", 64, 0, cannot},
		{"", 32, 0, cannot},
		{" ", 32, 0, cannot},
		{"-", 32, 0, cannot},
		{"--5", 32, 0, cannot},
		{"+-5", 32, 0, cannot},
		{"5 ", 32, 0, cannot},
		{"08", 32, 0, cannot},
		{"0x", 32, 0, cannot},
		{"0x-5", 32, 0, cannot},
		{"0xg", 32, 0, cannot},
		{"0b1", 32, 0, cannot},
		{"0o7", 32, 0, cannot},
		{"1_0", 32, 0, cannot},
		{"12abc", 32, 0, cannot},
		{"٣", 32, 0, cannot},
		{"\xff", 32, 0, cannot},
	}
	for _, tt := range tests {
		got, err := parseInteger("-T", tt.text, tt.bits)
		want := strings.Replace(tt.err, "%", tt.text, 1)
		if got != tt.want || err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("%q in %d bits: %d, %v; want %d, %q", tt.text, tt.bits, got, err, tt.want, want)
		}
	}
}

// FuzzParseInteger compares with strconv, whose base 0 takes nearly the same.
func FuzzParseInteger(f *testing.F) {
	for _, seed := range []string{"0", "-1", "+017", " 0x7fffffff", "0x", "0b1", "1_0", "99999999999999999999", "99999999999999999999x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseInteger("-T", text, 32)
		word := strings.TrimLeft(text, " \t\n\v\f\r")
		bare := strings.ToLower(strings.TrimLeft(word, "+-"))
		if strings.Contains(word, "_") || strings.HasPrefix(bare, "0b") || strings.HasPrefix(bare, "0o") {
			if err == nil {
				t.Fatalf("%q is %d: only Go's number", text, got)
			}
			return
		}
		want, wantErr := strconv.ParseInt(word, 0, 32)
		if (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Fatalf("%q: %d, %v; strconv: %d, %v", text, got, err, want, wantErr)
		}
	})
}
